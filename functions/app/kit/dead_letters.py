"""Work that failed for the last time, kept for staff. Owns the `dead_letters` collection."""

from typing import Any

from app.kit import clock, firestore, ids
from app.kit.firestore import Collection
from app.kit.model import Document, Instant


class DeadLetter(Document):
    """One event or task that will not be tried again by itself.

    It carries what the queue carried, which is ids only, and the type of the last error.
    """

    function: str
    payload: dict[str, Any]
    error_type: str
    failed_at: Instant


dead_letters = Collection("dead_letters", DeadLetter)


def keep(function: str, payload: dict[str, Any], error: Exception) -> None:
    """Record that `function` gave up on `payload`.

    Raises:
        UnavailableError: Firestore does not answer.
    """
    letter = DeadLetter(
        function=function,
        payload=payload,
        error_type=type(error).__qualname__,
        failed_at=clock.now(),
    )
    write = dead_letters.put(ids.digest(function, str(payload)), letter)
    firestore.retrying(lambda: firestore.commit(write))
