"""The documents of exports."""

from collections.abc import Callable
from datetime import datetime

from app.kit import firestore, ids
from app.kit.errors import NotFoundError
from app.kit.firestore import Collection, Key, Write
from app.platform.privacy.models.exports import Export

exports = Collection("exports", Export)


def export_id(uid: str) -> str:
    """Return the id of a person's export, which does not tell whose it is."""
    return ids.digest("export/v1", uid)


def key(uid: str) -> Key[Export]:
    """Return where the export of a person is, for a batched read."""
    return exports.key(export_id(uid))


def change(export_id: str, to: Callable[[Export], Export], *also: Write) -> Export:
    """Replace an export by `to(export)`, with other writes, in one commit; return the new one.

    Raises:
        NotFoundError: it was erased.
    """

    def attempt() -> Export:
        (seen,) = firestore.read(exports.key(export_id))
        if seen.value is None:
            raise NotFoundError("There is no such export.")
        changed = to(seen.value)
        if changed != seen.value:
            firestore.commit(exports.replace(seen, changed), *also)
        return changed

    return firestore.retrying(attempt)


def stuck(at: datetime, *, limit: int) -> list[Export]:
    """Return exports that nobody gathers though somebody should, oldest first. One query."""
    found = exports.find(before={"leaseUntil": at}, order_by="leaseUntil", limit=limit)
    return [seen.value for seen in found if seen.value is not None]
