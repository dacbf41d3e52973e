"""A Firestore client that security rules apply to.

It speaks REST. Over gRPC the emulator takes a request without a token for an administrator, and
google-cloud-firestore never sends the token it is given, so rules tests on it prove nothing.
"""

from dataclasses import dataclass
from typing import Any

import requests

from tests.support.errors import Denied


@dataclass
class RulesClient:
    """One person's view of the database. Every method raises `Denied` when the rules say no."""

    url: str
    token: str | None

    def get(self, path: str) -> None:
        self._send("GET", f"/{path}")

    def find(self, collection: str, **equal: str) -> int:
        """Return how many documents have all the fields in `equal`."""
        filters = [
            {"fieldFilter": {"field": {"fieldPath": k}, "op": "EQUAL", "value": {"stringValue": v}}}
            for k, v in equal.items()
        ]
        query: dict[str, Any] = {"from": [{"collectionId": collection}]}
        if filters:
            query["where"] = {"compositeFilter": {"op": "AND", "filters": filters}}
        rows = self._send("POST", ":runQuery", {"structuredQuery": query})
        return sum("document" in row for row in rows)

    def create(self, path: str, **fields: str) -> None:
        self._send("PATCH", f"/{path}?currentDocument.exists=false", _document(fields))

    def update(self, path: str, **fields: str) -> None:
        self._send("PATCH", f"/{path}?currentDocument.exists=true", _document(fields))

    def delete(self, path: str) -> None:
        self._send("DELETE", f"/{path}")

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        reply = requests.request(method, self.url + path, json=body, headers=headers, timeout=10)
        if reply.status_code == requests.codes.forbidden:
            raise Denied(reply.text)
        reply.raise_for_status()
        return reply.json()


def _document(fields: dict[str, str]) -> dict[str, Any]:
    return {"fields": {name: {"stringValue": value} for name, value in fields.items()}}
