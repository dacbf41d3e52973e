"""Proofs that movements of a donor's money are in the public log, with what opens them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from app.kit.errors import NotFoundError
from app.platform.payments.models.documents import Movement
from app.platform.records import vault
from app.platform.records.vault import Actor, Record
from app.platform.storage import gateway as storage
from app.recovery.ledger import publishing, settings
from app.recovery.ledger.models import PrivateRecord, QueueItem, State
from app.recovery.ledger.models.proofs import ProofState
from app.recovery.ledger.policy import intake, merkle, notes, tiles
from app.recovery.ledger.policy.merkle import HashAt
from app.recovery.ledger.policy.proofs import Proof, Proven
from app.recovery.ledger.policy.tiles import Tile
from app.recovery.ledger.store import proofs as store

_STATES = {
    State.SEQUENCED: ProofState.SEQUENCED,
    State.REJECTED: ProofState.REJECTED,
}


@dataclass(frozen=True)
class _Log:
    """What the public log shows now."""

    checkpoint: str
    size: int
    hash_at: HashAt


def prove(uid: str, found: Iterable[Movement], *, by: Actor) -> list[Proven]:
    """Return those of a person's movements that the ledger has taken up, with proofs of them.

    One read. Where one has its place, a call to Storage for the checkpoint; where that covers it,
    one for each tile that leads to it, and one commit, of the audit.

    Args:
        uid: whose money moved.
        found: movements of gifts of theirs.
        by: who is to have the proofs.

    Raises:
        UnavailableError: Storage or the person's key cannot be had now.
    """
    items = store.with_openings([intake.idem_of(movement) for movement in found])
    log = _log() if any(item.index is not None for _, item, _ in items) else None
    opened = _opened(uid, items, log, by)
    return [_proven(item, log, opened.get(idem)) for idem, item, _ in items]


def _proven(item: QueueItem, log: _Log | None, opening: bytes | None) -> Proven:
    state = _STATES.get(item.state, ProofState.PENDING)
    if item.index is None or log is None or item.index >= log.size:
        return Proven(item.kind, state, item.index, item.leaf)
    proof = None
    if opening is not None:
        path = merkle.inclusion_proof(item.index, log.size, log.hash_at)
        proof = Proof(item.index, tuple(path), log.checkpoint, opening)
    return Proven(item.kind, ProofState.PUBLISHED, item.index, item.leaf, proof)


def _opened(
    uid: str,
    items: Iterable[tuple[str, QueueItem, PrivateRecord | None]],
    log: _Log | None,
    by: Actor,
) -> dict[str, bytes]:
    """Return salt and record of each published item that still has them, by idem."""
    size = 0 if log is None else log.size
    sealed = {
        idem: record.sealed
        for idem, item, record in items
        if record is not None and record.uid == uid and item.index is not None and item.index < size
    }
    if not sealed:
        return {}
    places = [(Record(uid, f"ledger_private/{idem}"), fields) for idem, fields in sealed.items()]
    try:
        opened = vault.opening(*places, by=by).now()
    except NotFoundError:  # the person was erased: nobody can tell whose the entries are
        return {}
    return {
        idem: bytes.fromhex(fields["salt"]) + fields["record"].encode()
        for idem, fields in zip(sealed, opened, strict=True)
    }


def _log() -> _Log | None:
    found = storage.read(settings.bucket(), publishing.CHECKPOINT)
    if found is None:
        return None
    size = notes.read_checkpoint(notes.read(found.data).text).size

    @cache
    def read(tile: Tile) -> bytes:
        stored = storage.read(settings.bucket(), tile.path)
        if stored is None:
            raise RuntimeError("A published tile is not there.")
        return stored.data

    return _Log(found.data.decode(), size, tiles.hash_at(size, read))
