"""How far each listener has walked through what Stripe told."""

from datetime import datetime
from typing import Any

from app.kit.firestore import Collection, Snapshot, commit, retrying
from app.platform.payments.models.documents import Feed, Mirror, Movement
from app.platform.payments.store import truth

walks = Collection("payment_feeds", Feed)

_COLLECTIONS: dict[type[Any], Collection[Any]] = {**truth.MIRRORS, Movement: truth.movements}


def since[T: Mirror | Movement](
    listener: str, kind: type[T], before: datetime, limit: int
) -> list[Snapshot[T]]:
    """Return what was written after the listener's last walk, the oldest first.

    A read and a query.

    Args:
        listener: whose walk it is.
        kind: of what.
        before: what was written later is left to triggers.
        limit: the greatest number.
    """
    last = walks.get(listener)
    field = "createdAt" if issubclass(kind, Movement) else "updatedAt"
    return _COLLECTIONS[kind].find(
        before={field: before},
        order_by=field,
        after=None if last is None else (last.at, last.document_id),
        limit=limit,
    )


def reach(listener: str, seen: Snapshot[Any]) -> None:
    """Remember that everything up to this one is handled. One commit."""
    if seen.value is not None:
        write = walks.put(listener, Feed(document_id=seen.id, at=time_of(seen.value)))
        retrying(lambda: commit(write))


def time_of(thing: Mirror | Movement) -> datetime:
    """Return when a thing was written."""
    return thing.created_at if isinstance(thing, Movement) else thing.updated_at
