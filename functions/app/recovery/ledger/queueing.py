"""The way of a movement of money into the ledger's queue, which makes its entry durable."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from app.kit import clock
from app.kit.tasks import enqueue
from app.platform.payments import feeds
from app.platform.payments.models.documents import Movement
from app.platform.records import vault
from app.platform.records.vault import ErasedError, Purpose, Record, System
from app.recovery.ledger import store
from app.recovery.ledger.models import PrivateRecord, SequenceLedger
from app.recovery.ledger.policy import intake

if TYPE_CHECKING:
    from app.kit.firestore import Write

SALT_BYTES = 32


def queue(movement: Movement) -> bool:
    """Queue a movement unless it is queued; return whether it was to be. One read, one commit.

    Raises:
        NotFoundError: the gift that it is for is not there.
    """
    if not intake.takes(movement):
        return False
    gift_id, idem = intake.gift_of(movement), intake.idem_of(movement)
    if gift_id is None:
        if store.queued([idem]):
            return False
        store.append(idem, intake.payout_item(movement, clock.now()), None)
        return True
    donation, queued = store.gift(gift_id, idem)
    if queued:
        return False
    record, salt = intake.private_record(movement), secrets.token_bytes(SALT_BYTES)
    item = intake.item(movement, donation, intake.commitment(salt, record), clock.now())
    private, trail = kept_private(donation.uid, idem, record, salt, item.created_at)
    store.append(idem, item, private, *trail)
    return True


def kept_private(
    uid: str, idem: str, record: bytes, salt: bytes, at: datetime
) -> "tuple[PrivateRecord | None, tuple[Write, ...]]":
    """Return what opens a commitment, sealed for a person, and the writes of the audit.

    None and no writes for who was erased: the books go on, and nobody can open what it is over.
    """
    try:
        sealed, trail = vault.seal(
            Record(uid, f"ledger_private/{idem}"),
            {"record": record.decode(), "salt": salt.hex()},
            by=System(Purpose.LEDGER),
        )
    except ErasedError:
        return None, ()
    return PrivateRecord(uid=uid, created_at=at, sealed=sealed), trail


def wake() -> None:
    """Queue a run of the sequencer for this second, unless one is."""
    second = int(clock.now().timestamp())
    enqueue("ledgerSequenceTask", SequenceLedger(second=second), name=f"ledger-{second}")


def redeliver() -> bool:
    """Queue movements whose trigger was lost; return whether there were any."""
    return feeds.redeliver("ledger", Movement, lambda _, movement: queue(movement))
