"""The queries and the last commit that all live documents share."""

from collections.abc import Callable
from datetime import datetime

from app.coaching.generation.models import Generated
from app.kit import firestore
from app.kit.errors import NotFoundError
from app.kit.firestore import Collection, Write


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
