"""The way of a movement of money into the ledger's queue, which makes its entry durable."""

import secrets

from app.kit import clock
from app.kit.tasks import enqueue
from app.platform.payments import feeds
from app.platform.payments.models.documents import Movement
from app.platform.records import vault
from app.platform.records.vault import ErasedError, Purpose, Record, System
from app.recovery.ledger import store
from app.recovery.ledger.models import PrivateRecord, SequenceLedger
from app.recovery.ledger.policy import intake

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
    try:
        sealed, trail = vault.seal(
            Record(donation.uid, f"ledger_private/{idem}"),
            {"record": record.decode(), "salt": salt.hex()},
            by=System(Purpose.LEDGER),
        )
        private = PrivateRecord(uid=donation.uid, created_at=item.created_at, sealed=sealed)
    except ErasedError:  # the books go on; nobody can open what the entry stands for
        private, trail = None, ()
    store.append(idem, item, private, *trail)
    return True


def wake() -> None:
    """Queue a run of the sequencer for this second, unless one is."""
    second = int(clock.now().timestamp())
    enqueue("ledgerSequenceTask", SequenceLedger(second=second), name=f"ledger-{second}")


def redeliver() -> bool:
    """Queue movements whose trigger was lost; return whether there were any."""
    return feeds.redeliver("ledger", Movement, lambda _, movement: queue(movement))
