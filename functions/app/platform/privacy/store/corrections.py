"""The documents of corrections."""

from typing import Any

from app.kit.firestore import Collection, Key, Snapshot
from app.platform.privacy.models.corrections import AnyRecord, Correction, CorrectionState
from app.platform.records import vault
from app.platform.records.models import RecordType
from app.platform.records.vault import Actor, Opening, Record

corrections = Collection("corrections", Correction)

ASKED = ("proposed", "reason")


def place(correction_id: str, uid: str) -> Record:
    """Return where the texts of a correction are sealed."""
    return Record(uid, f"corrections/{correction_id}")


def record_key(kind: RecordType, record_id: str) -> Key[AnyRecord]:
    """Return where the record is that a correction is about, for a batched read."""
    return Collection(kind.collection, AnyRecord).key(record_id)


def owner_of(kind: RecordType, seen: Snapshot[AnyRecord]) -> object:
    """Return what a record says of whom it is about; None where there is no record."""
    if seen.value is None:
        return None
    fields = seen.value.model_extra or {}
    return fields.get(kind.owner_field) if kind.owner_field else seen.id


def texts(
    found: list[tuple[str, Correction]], *, by: Actor, only: tuple[str, ...] | None = None
) -> Opening[tuple[dict[str, Any], ...]]:
    """Return leave to open the texts of one person's corrections, or `only` some of them."""
    return vault.opening(
        *(
            (
                place(correction_id, correction.uid),
                {name: v for name, v in correction.sealed.items() if only is None or name in only},
            )
            for correction_id, correction in found
        ),
        by=by,
    )


def page_of(
    uid: str, *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, Correction]], str | None]:
    """Return a page of a person's corrections, newest first, and the next cursor. One query."""
    return corrections.newest(of={"uid": uid}, by="requestedAt", limit=limit, cursor=cursor)


def waiting(limit: int) -> list[tuple[str, Correction]]:
    """Return the corrections that nobody has decided, those due first. One query."""
    equal = {"state": CorrectionState.REQUESTED}
    found = corrections.find(equal=equal, order_by="dueAt", limit=limit)
    return [(seen.id, seen.value) for seen in found if seen.value is not None]
