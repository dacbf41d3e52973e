"""Firestore, Cloud Storage and KMS in this process's memory, at the seams of the real clients.

For tests that need thousands of runs. What is asked of Firestore and Storage here, and what they
answer, is held against the emulators by `tests/emulator/test_memory.py`.
"""

import io
import itertools
import json
import operator
import threading
from collections.abc import Callable, Iterator, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import requests
import urllib3
from google.api_core import exceptions as api
from google.cloud.firestore_v1.types import document as firestore_types
from google.cloud.firestore_v1.types import firestore, query, write
from google.cloud.kms_v1 import types as kms_types
from google.protobuf.timestamp_pb2 import Timestamp

from sandbox.kms.keys import ASYMMETRIC_SIGN, KeyStore
from sandbox.kms.server import KEY_RING, LOCATION
from sandbox.kms.service import KmsService

_Document = firestore_types.Document.pb()
_ASCENDING = int(query.StructuredQuery.Direction.ASCENDING)
_DESCENDING = int(query.StructuredQuery.Direction.DESCENDING)
_OPERATORS: dict[int, Callable[[Any, Any], bool]] = {
    query.StructuredQuery.FieldFilter.Operator.EQUAL: operator.eq,
    query.StructuredQuery.FieldFilter.Operator.LESS_THAN: operator.lt,
    query.StructuredQuery.FieldFilter.Operator.GREATER_THAN_OR_EQUAL: operator.ge,
}


class MemoryFirestore:
    """The API object of a client of Firestore: batched reads, queries, and conditional commits.

    Of queries it knows what `app.kit.firestore` asks: conditions joined by AND, an order, a
    cursor, a limit. It works on plain protocol buffers, whose wrappers cost most of the time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._documents: dict[str, Any] = {}
        self._seconds = 1_577_836_800
        """The time of the last commit: in the past, a second further with each."""

    def batch_get_documents(self, *, request: Any, **_: Any) -> Iterator[Any]:
        """Answer every document that is asked for, or that it is missing."""
        with self._lock:
            found = [(name, self._documents.get(name)) for name in request["documents"]]
        kind = firestore.BatchGetDocumentsResponse
        return iter(
            kind.wrap(kind.pb()(missing=name, read_time=self._now()))
            if document is None
            else kind.wrap(kind.pb()(found=document, read_time=self._now()))
            for name, document in found
        )

    def run_query(self, *, request: Any, **_: Any) -> Iterator[Any]:
        """Answer the documents that match, in order."""
        asked = query.StructuredQuery.pb(request["structured_query"], coerce=True)
        (source,) = asked.from_
        folder = f"{request['parent']}/{source.collection_id}/"
        with self._lock:
            found = [d for name, d in self._documents.items() if name.startswith(folder)]
        orders = [(o.field.field_path, o.direction) for o in asked.order_by]
        for path, holds, value in _conditions(asked.where):
            found = [d for d in found if _of_kind(_field(d, path), value, holds)]
        if not any(path == "__name__" for path, _ in orders):
            orders.append(("__name__", orders[-1][1] if orders else _ASCENDING))
        found = [d for d in found if all(_field(d, path) is not None for path, _ in orders)]
        for path, direction in reversed(orders):
            key = partial(_field, path=path)
            found.sort(key=key, reverse=direction == _DESCENDING)
        if asked.start_at.values:
            start = [_comparable(value) for value in asked.start_at.values]
            found = list(itertools.dropwhile(lambda d: not _is_after(d, orders, start), found))
        if asked.HasField("limit"):
            found = found[: asked.limit.value]
        kind = firestore.RunQueryResponse
        return iter(kind.wrap(kind.pb()(document=d, read_time=self._now())) for d in found)

    def commit(self, *, request: Any, **_: Any) -> Any:
        """Make all writes or none, as their preconditions say."""
        writes = [write.Write.pb(change, coerce=True) for change in request["writes"]]
        with self._lock:
            for change in writes:
                self._check(change)
            self._seconds += 1
            for change in writes:
                self._apply(change)
            now = self._now()
        result = write.WriteResult.pb()(update_time=now)
        kind = firestore.CommitResponse
        return kind.wrap(kind.pb()(write_results=[result] * len(writes), commit_time=now))

    def _now(self) -> Timestamp:
        return Timestamp(seconds=self._seconds)

    def _check(self, change: Any) -> None:
        name = change.delete or change.update.name
        there = self._documents.get(name)
        match change.current_document.WhichOneof("condition_type"):
            case "exists" if change.current_document.exists is not (there is not None):
                error = api.AlreadyExists if there else api.NotFound
                raise error(name)
            case "update_time" if there is None:
                raise api.NotFound(name)  # type: ignore[no-untyped-call]
            case "update_time" if (
                there and there.update_time != change.current_document.update_time
            ):
                raise api.FailedPrecondition(name)  # type: ignore[no-untyped-call]

    def _apply(self, change: Any) -> None:
        if change.delete:
            self._documents.pop(change.delete, None)
            return
        there = self._documents.get(change.update.name)
        document = _Document()
        document.CopyFrom(change.update)
        if there is not None and change.HasField("update_mask"):
            masked = set(change.update_mask.field_paths)
            assert not any("." in path for path in masked)
            for field in there.fields.keys() - masked:
                document.fields[field].CopyFrom(there.fields[field])
        document.create_time.CopyFrom(there.create_time if there else self._now())
        document.update_time.CopyFrom(self._now())
        self._documents[document.name] = document


class MemoryStorage:
    """What requests of the client of Cloud Storage meet: objects, with generations."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generation = 0
        self._stored: dict[str, tuple[bytes, int]] = {}

    @property
    def objects(self) -> dict[str, bytes]:
        """Every object by name."""
        with self._lock:
            return {name: data for name, (data, _) in self._stored.items()}

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        """Return the answer to an upload or a download."""
        url = urlsplit(request.url or "")
        condition = parse_qs(str(url.query)).get("ifGenerationMatch")
        with self._lock:
            if request.method == "GET":
                there = self._stored.get(unquote(str(url.path)).rpartition("/o/")[2])
                if there is None:
                    return http_answer(request, 404, b"{}", {})
                return http_answer(request, 200, there[0], {"X-Goog-Generation": str(there[1])})
            name, data = _uploaded(request)
            _, generation = self._stored.get(name, (b"", 0))
            if condition is not None and condition != [str(generation)]:
                return http_answer(request, 412, b"{}", {})
            self._generation += 1
            self._stored[name] = (data, self._generation)
        return http_answer(request, 200, json.dumps({"name": name}).encode(), {})


class MemoryKms:
    """The client of Cloud KMS with one key that signs, and a record of what it signed."""

    def __init__(self) -> None:
        store = KeyStore(bytes(32))
        store.create_ring(LOCATION, KEY_RING.rpartition("/")[2])
        key = store.create_key(KEY_RING, "ledger-in-memory", ASYMMETRIC_SIGN)
        signer = store.create_version(key)
        self.version = signer.name
        self.public = signer.signer.public_key().public_bytes_raw()
        self._service = KmsService(store)
        self.signed: list[bytes] = []

    def asymmetric_sign(self, *, request: Any, **_: Any) -> Any:
        """Sign."""
        asked = kms_types.AsymmetricSignRequest(request)
        self.signed.append(asked.data)
        return self._service.asymmetric_sign(asked)

    def get_public_key(self, *, request: Any, **_: Any) -> Any:
        """Answer the public half of the key."""
        return self._service.get_public_key(kms_types.GetPublicKeyRequest(request))


def http_answer(
    request: requests.PreparedRequest, status: int, body: bytes, headers: Mapping[str, str]
) -> requests.Response:
    """Return an answer as the client libraries get it from the wire."""
    raw = urllib3.HTTPResponse(
        body=io.BytesIO(body), headers=headers, status=status, preload_content=False
    )
    return requests.adapters.HTTPAdapter().build_response(request, raw)


def _uploaded(request: requests.PreparedRequest) -> tuple[str, bytes]:
    """Return name and content of a multipart upload."""
    body = request.body
    assert isinstance(body, bytes)
    kind = request.headers["content-type"]
    kind = kind.decode() if isinstance(kind, bytes) else kind
    boundary = kind.partition("boundary=")[2].strip('"').encode()
    _, metadata, content, _ = body.split(b"--" + boundary)
    head, _, data = content.partition(b"\r\n\r\n")
    assert b"content-type" in head.lower()
    message = BytesParser(policy=HTTP).parsebytes(metadata.lstrip())
    return str(json.loads(message.get_content())["name"]), data.removesuffix(b"\r\n")


def _conditions(where: Any) -> Iterator[tuple[str, Callable[[Any, Any], bool], Any]]:
    match where.WhichOneof("filter_type"):
        case "composite_filter":
            for part in where.composite_filter.filters:
                yield from _conditions(part)
        case "field_filter":
            condition = where.field_filter
            value = _comparable(condition.value)
            yield condition.field.field_path, _OPERATORS[condition.op], value


def _of_kind(value: Any, wanted: Any, holds: Callable[[Any, Any], bool]) -> bool:
    """Whether a condition holds, which it never does between values of two kinds."""
    return value is not None and value[0] == wanted[0] and holds(value, wanted)


def _field(document: Any, path: str) -> Any:
    """Return the value of a field as it is compared, or None where there is none."""
    if path == "__name__":
        return ("reference_value", document.name)
    fields = document.fields
    *outer, last = path.split(".")
    for name in outer:
        if name not in fields:
            return None
        fields = fields[name].map_value.fields
    return _comparable(fields[last]) if last in fields else None


def _comparable(value: Any) -> Any:
    kind = value.WhichOneof("value_type")
    found = getattr(value, kind)
    return (kind, found.ToNanoseconds() if kind == "timestamp_value" else found)


def _is_after(document: Any, orders: list[tuple[str, int]], start: list[Any]) -> bool:
    for (path, direction), value in zip(orders, start, strict=False):
        mine = _field(document, path)
        if mine != value:
            return bool(mine < value if direction == _DESCENDING else mine > value)
    return False
