"""Typed access to Firestore. Only `store` modules, and the kit itself, import this one.

Reads are batched and writes are committed together, each as one call. No write adds to what is
there: documents are created, or replaced on the condition that they are as they were seen, so
that the client library may repeat a commit whose answer was lost.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from google.api_core import exceptions as api
from google.api_core.retry import Retry, if_exception_type
from google.cloud.firestore import Client, FieldFilter, Query, WriteBatch

from app.kit import clock, environment, ids, pages, retention
from app.kit.errors import AbortedError, NotFoundError, UnavailableError
from app.kit.model import Document, Revised

DEFAULT = "(default)"
KEYS = "keys"
"""The database of key documents, apart so that its backups expire on their own schedule."""

CALL_SECONDS = 4.0
MAX_ATTEMPTS = 12

_RETRY = Retry(
    predicate=if_exception_type(api.ServiceUnavailable),
    initial=0.05,
    maximum=1.0,
    timeout=CALL_SECONDS,
)
_CONDITION_FAILED = (api.AlreadyExists, api.FailedPrecondition, api.NotFound, api.Aborted)
_NO_ANSWER = (api.ServerError, api.RetryError, api.Cancelled, api.TooManyRequests)


class ConflictError(Exception):
    """A write was not made: a document was not as it was seen. Read again and decide again."""


class OutcomeUnknownError(Exception):
    """The answer to a commit was lost: it may have happened or not. Read again to know."""


@cache
def client(database: str = DEFAULT) -> Client:
    """Return the process-wide client of a database."""
    return Client(project=environment.project(), database=database)


@dataclass(frozen=True)
class Key[D: Document]:
    """The place of one document."""

    collection: "Collection[D]"
    id: str

    @property
    def reference(self) -> Any:
        """The client library's reference."""
        return client(self.collection.database).collection(self.collection.name).document(self.id)


@dataclass(frozen=True)
class Snapshot[D: Document]:
    """A document as it was seen.

    `value` is None where there was none, and where it is past its time; `seen_at` only where there
    was none.
    """

    key: Key[D]
    value: D | None
    seen_at: datetime | None

    @property
    def id(self) -> str:
        """The document's id."""
        return self.key.id


@dataclass(frozen=True)
class Write:
    """One write of a commit."""

    database: str
    add_to: Callable[[WriteBatch], object]


class Collection[D: Document]:
    """A Firestore collection whose documents are all of type `D`.

    What is past its time (`kit.retention`) is as if it were gone. What deletes it or hands it over
    reads it by `kit.documents`.
    """

    def __init__(self, name: str, document_type: type[D], database: str = DEFAULT) -> None:
        self.name = name
        self.database = database
        self._type = document_type

    def key(self, document_id: str) -> Key[D]:
        """Return the place of a document, for a batched `read`."""
        return Key(self, document_id)

    def get(self, document_id: str) -> D | None:
        """Return a document, or None. One read."""
        return read(self.key(document_id))[0].value

    def find(  # noqa: PLR0913  # the parts of a query
        self,
        *,
        equal: Mapping[str, Any] | None = None,
        since: Mapping[str, Any] | None = None,
        before: Mapping[str, Any] | None = None,
        order_by: str | None = None,
        descending: bool = False,
        after: tuple[Any, str] | None = None,
        after_id: str | None = None,
        limit: int,
    ) -> list[Snapshot[D]]:
        """Return the documents that match, in order: fewer than `limit` only if there are no more.

        One query; one more where some that it found are past their time.

        Args:
            equal: field (as stored) to the value that it has.
            since: field to the least value that it has.
            before: field to the value that it stays below.
            order_by: field that orders the result; equal ones are ordered by id.
            descending: whether the order is reversed.
            after: value of `order_by` and id of the document that the result begins after.
            after_id: where nothing orders the result but ids, the one that it begins after.
            limit: the greatest number of documents.
        """
        collection = client(self.database).collection(self.name)
        query = collection.limit(limit)
        conditions = (("==", equal), (">=", since), ("<", before))
        for operator, fields in conditions:
            for field, value in (fields or {}).items():
                query = query.where(filter=FieldFilter(field, operator, value))
        if order_by is not None:
            direction = Query.DESCENDING if descending else Query.ASCENDING
            query = query.order_by(order_by, direction).order_by("__name__", direction)
            if after is not None:
                position = {order_by: after[0], "__name__": collection.document(after[1])}
                query = query.start_after(position)
        elif after_id is not None:
            position = {"__name__": collection.document(after_id)}
            query = query.order_by("__name__").start_after(position)
        shown: list[Snapshot[D]] = []
        while True:
            found = answer(query.get)
            seen = (self._snapshot(self.key(document.id), document) for document in found)
            shown += [snapshot for snapshot in seen if snapshot.value is not None]
            if len(shown) >= limit or len(found) < limit:
                return shown[:limit]
            query = query.start_after(found[-1])

    def newest(  # noqa: PLR0913  # the parts of a query
        self,
        *,
        of: Mapping[str, Any],
        by: str,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int,
        cursor: str | None,
    ) -> tuple[list[tuple[str, D]], str | None]:
        """Return a page of the documents that match, with their ids, and the next page's cursor.

        One query.

        Args:
            of: field (as stored) to the value that it has.
            by: the field of their time, as stored.
            since: the earliest time.
            until: the time that all are before.
            limit: the greatest number of documents.
            cursor: what the page before returned; None for the first one.

        Raises:
            InvalidArgumentError: no page ever gave this cursor.
        """
        bounds = {"since": since, "before": until}
        conditions = {name: {by: time} for name, time in bounds.items() if time is not None}
        return self._page(by, limit, cursor, equal=of, descending=True, **conditions)

    def oldest(
        self, *, of: Mapping[str, Any], by: str, limit: int, cursor: str | None
    ) -> tuple[list[tuple[str, D]], str | None]:
        """Return a page as `newest` does, of the oldest first."""
        return self._page(by, limit, cursor, equal=of)

    def _page(
        self, by: str, limit: int, cursor: str | None, **conditions: Any
    ) -> tuple[list[tuple[str, D]], str | None]:
        after = None if cursor is None else pages.position(cursor)
        found = self.find(order_by=by, after=after, limit=limit + 1, **conditions)
        shown = [(seen.id, seen.value) for seen in found[:limit] if seen.value is not None]
        if len(found) <= limit:
            return shown, None
        last_id, last = shown[-1]
        return shown, pages.cursor(last.model_dump(by_alias=True)[by], last_id)

    def delete(self, seen: Snapshot[D]) -> Write:
        """Return the write that deletes a document, on condition that it is as it was seen."""
        option = client(self.database).write_option(last_update_time=seen.seen_at)
        return Write(self.database, lambda batch: batch.delete(seen.key.reference, option=option))

    def create(self, document_id: str, document: D) -> Write:
        """Return the write that makes a document, on condition that there is none."""
        reference = self.key(document_id).reference
        fields = _fields(document)
        return Write(self.database, lambda batch: batch.create(reference, fields))

    def put(self, document_id: str, document: D) -> Write:
        """Return the write that sets a document, whatever is there."""
        reference = self.key(document_id).reference
        fields = _fields(document)
        return Write(self.database, lambda batch: batch.set(reference, fields))

    def replace(self, seen: Snapshot[D], document: D, write_id: str | None = None) -> Write:
        """Return the write that replaces a document, on condition that it is as it was seen.

        A `Revised` document gets the next revision and `write_id`, by default a new one.
        """
        if isinstance(document, Revised):
            revision = seen.value.revision + 1 if isinstance(seen.value, Revised) else 0
            marks = {"revision": revision, "write_id": write_id or ids.new()}
            document = document.model_copy(update=marks)
        if seen.seen_at is None:
            return self.create(seen.id, document)
        fields = _fields(document)
        option = client(self.database).write_option(last_update_time=seen.seen_at)
        return Write(
            self.database, lambda batch: batch.update(seen.key.reference, fields, option=option)
        )

    def update[R: Revised](
        self: "Collection[R]", document_id: str, change: Callable[[R], R], *also: Write
    ) -> R:
        """Replace a document by `change(document)` and return the new one.

        `change` runs again after a conflicting write, so it must be pure. Nothing is written
        where it changes nothing; `also` are writes of the same commit.

        Raises:
            NotFoundError: there is no such document.
            AbortedError: other writers kept getting in between.
            UnavailableError: Firestore does not answer.
        """
        write_id = ids.new()

        def attempt() -> R:
            (seen,) = read(self.key(document_id))
            current: R | None = seen.value
            if current is None:
                raise NotFoundError(f"There is no such {self._type.__name__.lower()}.")
            if current.write_id == write_id:  # committed before; the answer was lost
                return current
            changed = change(current)
            if changed != current:
                commit(self.replace(seen, changed, write_id), *also)
            return changed

        return retrying(attempt)

    def _snapshot(self, key: Key[D], document: Any) -> Snapshot[D]:
        fields = document.to_dict() if document.exists else None
        past = fields and retention.over(self.name, fields, clock.now())
        value = None if fields is None or past else self._type.model_validate(fields)
        return Snapshot(key, value, document.update_time)


def read(*keys: Key[Any]) -> tuple[Snapshot[Any], ...]:
    """Return the documents at `keys`, in their order. One call; all are of one database.

    Raises:
        UnavailableError: Firestore does not answer.
    """
    database = client(keys[0].collection.database)
    references = [key.reference for key in keys]
    documents = answer(lambda **how: list(database.get_all(references, **how)))
    found = {document.reference.path: document for document in documents}
    return tuple(
        key.collection._snapshot(key, found[reference.path])  # noqa: SLF001  # same module
        for key, reference in zip(keys, references, strict=True)
    )


def answer[T](ask: Callable[..., T]) -> T:
    """Return `ask(retry=..., timeout=...)`, a read by the client library.

    Raises:
        UnavailableError: Firestore does not answer.
    """
    try:
        return ask(retry=_RETRY, timeout=CALL_SECONDS)
    except _NO_ANSWER as error:
        raise _unavailable() from error


def commit(*writes: Write) -> None:
    """Make all `writes` or none. One call; all are of one database.

    Raises:
        ConflictError: none was made, since a condition failed.
        OutcomeUnknownError: the answer was lost.
    """
    batch = client(writes[0].database).batch()
    for write in writes:
        write.add_to(batch)
    try:
        batch.commit(retry=_RETRY, timeout=CALL_SECONDS)
    except _CONDITION_FAILED as error:
        raise ConflictError from error
    except _NO_ANSWER as error:
        raise OutcomeUnknownError from error


def retrying[T](attempt: Callable[[], T]) -> T:
    """Return `attempt()`, made again after a conflict or a lost answer, which it must recognize.

    Raises:
        AbortedError: other writers kept getting in between.
        UnavailableError: Firestore does not answer.
    """
    give_up_at = time.monotonic() + 2 * CALL_SECONDS
    for number in range(MAX_ATTEMPTS):
        try:
            return attempt()
        except ConflictError as error:
            cause: Exception = error
        except OutcomeUnknownError as error:
            if time.monotonic() + CALL_SECONDS > give_up_at:  # no time for another call
                raise _unavailable() from error
            cause = error
        time.sleep(random.uniform(0, min(0.5, 0.01 * 2**number)))  # noqa: S311  # spreads writers
    if isinstance(cause, OutcomeUnknownError):
        raise _unavailable() from cause
    raise AbortedError("Somebody else is changing this. Try again.") from cause


def _fields(document: Document) -> dict[str, Any]:
    return document.model_dump(by_alias=True)


def _unavailable() -> UnavailableError:
    return UnavailableError("The database does not answer. Try again.")
