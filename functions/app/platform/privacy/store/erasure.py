"""The documents of erasures, and the deletion of what they are about."""

from collections.abc import Callable, Iterator
from datetime import datetime

from app.kit import documents, firestore, ids
from app.kit.errors import NotFoundError
from app.kit.firestore import Collection, Key, Write
from app.platform.privacy.models.erasure import Erasure, Step
from app.platform.records import store as records
from app.platform.records.models import RecordType

erasures = Collection("erasures", Erasure)

PAGE = 200


def erasure_id(uid: str) -> str:
    """Return the id of a person's erasure, which does not tell whose it is."""
    return ids.digest("erasure/v1", uid)


def receipt_digest(receipt_id: str) -> str:
    """Return what is stored of a receipt."""
    return ids.digest("erasure-receipt/v1", receipt_id)


def key(uid: str) -> Key[Erasure]:
    """Return where the erasure of a person is, for a batched read."""
    return erasures.key(erasure_id(uid))


def by_receipt(receipt_id: str) -> Erasure:
    """Return the erasure that a receipt is for. One query.

    Raises:
        NotFoundError: there is none.
    """
    found = erasures.find(equal={"receipt": receipt_digest(receipt_id)}, limit=1)
    if not found or found[0].value is None:
        raise NotFoundError("There is no such receipt.")
    return found[0].value


def due(at: datetime, limit: int) -> list[str]:
    """Return the ids of the erasures that are to begin, or to go on, by then. One query."""
    return [seen.id for seen in erasures.find(before={"nextAt": at}, limit=limit)]


def change(
    erasure_id: str,
    to: Callable[[Erasure], Erasure],
    trail: Callable[[], Write] | None = None,
) -> Erasure:
    """Replace an erasure by `to(erasure)` and return it; one read, and one commit if it changes.

    `trail` makes a write that is part of the commit.

    Raises:
        NotFoundError: there is no such erasure.
    """

    def attempt() -> Erasure:
        (seen,) = firestore.read(erasures.key(erasure_id))
        before: Erasure | None = seen.value
        if before is None:
            raise NotFoundError("There is no such erasure.")
        changed = to(before)
        if changed != before:
            also = [] if trail is None else [trail()]
            firestore.commit(erasures.replace(seen, changed), *also)
        return changed

    return firestore.retrying(attempt)


def begun(uid: str, otherwise: Erasure) -> Erasure:
    """Return the erasure of a person; where a backup from before it was restored, `otherwise`."""

    def attempt() -> Erasure:
        (seen,) = firestore.read(key(uid))
        if seen.value is None:
            firestore.commit(erasures.create(seen.id, otherwise))
        return seen.value or otherwise

    return firestore.retrying(attempt)


def delete_page(erasure_id: str, uid: str, kind: RecordType) -> bool:
    """Delete some documents of one type about the person; return whether there may be more.

    They are counted in the commit that deletes them, provided that they are there, so that the
    count is right whenever a worker dies and however many work. One query, or read; where there
    are documents one read and one commit more.
    """

    def attempt() -> bool:
        found = records.owned(kind, uid, limit=PAGE)
        if not found:
            return False
        (seen,) = firestore.read(erasures.key(erasure_id))
        erasure: Erasure | None = seen.value
        if erasure is None or not erasure.at_step(Step.DOCUMENTS):
            return False
        count = erasure.erased.get(kind.collection, 0) + len(found)
        counted = erasure.model_copy(update={"erased": {**erasure.erased, kind.collection: count}})
        deletions = [documents.delete(stored) for stored in found]
        firestore.commit(erasures.replace(seen, counted), *deletions)
        return len(found) == PAGE

    return firestore.retrying(attempt)


def all_begun() -> Iterator[Erasure]:
    """Yield every erasure that destroyed keys, one query a page."""
    after: str | None = ""
    while after is not None:
        found = erasures.find(after_id=after or None, limit=PAGE)
        for seen in found:
            if seen.value is not None and seen.value.keys_destroyed_at is not None:
                yield seen.value
        after = found[-1].id if len(found) == PAGE else None
