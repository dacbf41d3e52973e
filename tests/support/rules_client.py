"""A Firestore client that security rules apply to.

It speaks REST. Over gRPC the emulator takes a request without a token for an administrator, and
google-cloud-firestore never sends the token it is given, so rules tests on it prove nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

from tests.support.errors import Denied
from tests.support.patience import SOON_SECONDS

ADMINISTRATOR = "owner"
"""The token of somebody whom the emulators' rules do not apply to."""

type Condition = tuple[str, str, Any]
"""A field, an operator as REST names it (`EQUAL`, `IN`) and a value."""


@dataclass
class RulesClient:
    """One person's view of a database. Every method raises `Denied` when the rules say no."""

    host: str
    """Such as `127.0.0.1:8080`."""

    database: str
    """Such as `projects/demo/databases/(default)`."""

    token: str | None
    """None for a visitor who is not signed in."""

    _session: requests.Session = field(default_factory=requests.Session, repr=False)

    def get(self, path: str) -> None:
        """Read a document; the emulator's 404 for a missing one is an HTTPError."""
        self._send("GET", f"/{path}")

    def get_all(self, *paths: str) -> None:
        """Read documents with one request."""
        self._send("POST", ":batchGet", {"documents": [self.name(path) for path in paths]})

    def list_all(self, path: str) -> None:
        """Read a whole collection, without a query."""
        self._send("GET", f"/{path}")

    def list_collections(self, path: str = "") -> None:
        """Read the names of the collections under a document, or of the database."""
        self._send("POST", f"{path and '/'}{path}:listCollectionIds", {})

    def find(self, query: Mapping[str, Any]) -> int:
        """Run a query and return how many documents it found."""
        rows = self._send("POST", ":runQuery", {"structuredQuery": query})
        return sum("document" in row for row in rows)

    def count(self, query: Mapping[str, Any]) -> None:
        """Let the database count what a query finds."""
        aggregation = {"structuredQuery": query, "aggregations": [{"alias": "all", "count": {}}]}
        self._send("POST", ":runAggregationQuery", {"structuredAggregationQuery": aggregation})

    def create(self, path: str, **fields: Any) -> None:
        """Make a document."""
        self._send("PATCH", f"/{path}?currentDocument.exists=false", _document(fields))

    def replace(self, path: str, **fields: Any) -> None:
        """Set all fields of a document."""
        self._send("PATCH", f"/{path}?currentDocument.exists=true", _document(fields))

    def update(self, path: str, **fields: Any) -> None:
        """Set some fields of a document."""
        mask = "".join(f"&updateMask.fieldPaths={name}" for name in fields)
        self._send("PATCH", f"/{path}?currentDocument.exists=true{mask}", _document(fields))

    def delete(self, path: str) -> None:
        """Delete a document."""
        self._send("DELETE", f"/{path}")

    def commit(self, *writes: Mapping[str, Any]) -> None:
        """Make writes, as REST words them, all or none."""
        self._send("POST", ":commit", {"writes": writes})

    def name(self, path: str) -> str:
        """Return the full name of a document."""
        return f"{self.database}/documents/{path}"

    def set_all(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        """Set documents, path to fields, with one commit."""
        self.commit(
            *(
                {"update": {"name": self.name(path), **_document(fields)}}
                for path, fields in documents.items()
            )
        )

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        url = f"http://{self.host}/v1/{self.database}/documents{path}"
        reply = self._session.request(method, url, json=body, headers=headers, timeout=SOON_SECONDS)
        if reply.status_code == requests.codes.forbidden:
            raise Denied(reply.text)
        reply.raise_for_status()
        return reply.json()


def query(
    collection: str,
    *conditions: Condition,
    newest_first_by: str | None = None,
    of_all_parents: bool = False,
) -> dict[str, Any]:
    """Return a query for at most 50 documents of a collection that meet all conditions.

    Args:
        collection: the collection's name.
        conditions: what the documents must meet.
        newest_first_by: the field that orders them, in descending order.
        of_all_parents: whether collections of this name under any document are meant.
    """
    source = {"collectionId": collection, "allDescendants": of_all_parents}
    structured: dict[str, Any] = {"from": [source], "limit": 50}
    if conditions:
        filters = [
            {"fieldFilter": {"field": {"fieldPath": path}, "op": op, "value": _value(value)}}
            for path, op, value in conditions
        ]
        structured["where"] = {"compositeFilter": {"op": "AND", "filters": filters}}
    if newest_first_by:
        structured["orderBy"] = [
            {"field": {"fieldPath": path}, "direction": "DESCENDING"}
            for path in (newest_first_by, "__name__")
        ]
    return structured


def _document(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"fields": {name: _value(value) for name, value in fields.items()}}


def _value(value: Any) -> dict[str, Any]:  # noqa: PLR0911  # one line for each type
    match value:
        case None:
            return {"nullValue": None}
        case bool():
            return {"booleanValue": value}
        case int():
            return {"integerValue": str(value)}
        case str():
            return {"stringValue": value}
        case datetime():
            return {"timestampValue": value.isoformat()}
        case Mapping():
            return {"mapValue": _document(value)}
        case Sequence():
            return {"arrayValue": {"values": [_value(item) for item in value]}}
        case _:
            raise TypeError(type(value).__name__)
