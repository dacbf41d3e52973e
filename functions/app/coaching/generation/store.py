"""The queries and the last commit that all live documents share."""

from collections.abc import Callable
from datetime import datetime

from app.coaching.generation.models import Generated
from app.kit import firestore, pages
from app.kit.errors import NotFoundError
from app.kit.firestore import Collection, Write


def page_of[G: Generated](
    collection: Collection[G],
    uid: str,
    *,
    order_by: str,
    limit: int,
    cursor: str | None,
) -> tuple[list[tuple[str, G]], str | None]:
    """Return a page of a person's documents with their ids, newest first, and the next cursor.

    One query. `order_by` is the field of their time, as stored.

    Raises:
        InvalidArgumentError: no page ever gave this cursor.
    """
    found = collection.find(
        equal={"uid": uid},
        order_by=order_by,
        descending=True,
        after=pages.position(cursor) if cursor is not None else None,
        limit=limit + 1,
    )
    shown = [(seen.id, seen.value) for seen in found[:limit] if seen.value is not None]
    if len(found) <= limit:
        return shown, None
    last_id, last = shown[-1]
    return shown, pages.cursor(last.model_dump(by_alias=True)[order_by], last_id)


def stuck[G: Generated](collection: Collection[G], *, at: datetime, limit: int) -> list[str]:
    """Return the ids of documents whose lease or grace has run out, the longest ago first."""
    found = collection.find(before={"leaseUntil": at}, order_by="leaseUntil", limit=limit)
    return [seen.id for seen in found]


def complete[G: Generated](
    collection: Collection[G], document_id: str, change: Callable[[G], G], *writes: Write
) -> None:
    """Replace a live document by `change(document)` and make `writes`, all in one commit.

    Raises:
        NotFoundError: the document was erased.
        NotYoursError: `change` found that another worker has it, or that it is done, as after a
            commit whose answer was lost.
    """

    def attempt() -> None:
        (seen,) = firestore.read(collection.key(document_id))
        if seen.value is None:
            raise NotFoundError("It was erased.")
        firestore.commit(collection.replace(seen, change(seen.value)), *writes)

    firestore.retrying(attempt)
