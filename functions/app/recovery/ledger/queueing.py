"""The way of a movement of money into the ledger's queue, which makes its entry durable."""

import secrets
from datetime import timedelta

from app.kit import clock, dead_letters
from app.kit.errors import NotFoundError
from app.kit.tasks import enqueue
from app.platform.payments.models.documents import Movement
from app.platform.records import vault
from app.platform.records.vault import ErasedError, Purpose, Record, System
from app.recovery.ledger import store
from app.recovery.ledger.models import PrivateRecord, SequenceLedger
from app.recovery.ledger.policy import intake

SALT_BYTES = 32
SETTLED = timedelta(minutes=2)
"""After this long a movement without a queue item is taken to have lost its trigger."""
GIVE_UP_AFTER = timedelta(hours=1)
MAX_REDELIVERED = 500


def queue(movement: Movement) -> None:
    """Queue a movement that the ledger takes, unless it is queued."""
    gift_id = intake.gift_of(movement)
    idem = intake.idem_of(movement)
    if gift_id is None:
        store.append(idem, intake.payout_item(movement, clock.now()), None)
        return
    donation, queued = store.gift(gift_id, idem)
    if queued:
        return
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


def wake() -> None:
    """Queue a run of the sequencer for this second, unless one is."""
    second = int(clock.now().timestamp())
    enqueue("ledgerSequenceTask", SequenceLedger(second=second), name=f"ledger-{second}")


def redeliver() -> bool:
    """Queue movements that are not queued though they should be; return whether there were any.

    A movement that cannot be queued is tried again until `GIVE_UP_AFTER`, then kept as a dead
    letter. A service that is down ends the sweep, and the next one begins at the same place.
    """
    now = clock.now()
    found = store.unchecked_movements(now - SETTLED, MAX_REDELIVERED)
    taken = [(m.id, m.value) for m in found if m.value is not None and intake.takes(m.value)]
    queued = store.states(intake.idem_of(movement) for _, movement in taken)
    lost = {movement_id: m for movement_id, m in taken if intake.idem_of(m) not in queued}
    waits = set()
    for movement_id, movement in lost.items():
        try:
            queue(movement)
        except (NotFoundError, ValueError) as error:
            if now - movement.created_at < GIVE_UP_AFTER:
                waits.add(movement_id)
            else:
                letter = {"movementId": movement_id}
                dead_letters.keep("ledger_sequence_every_minute", letter, error)
    done = None
    for seen in found:
        if seen.id in waits:
            break
        done = seen
    if done is not None and done.value is not None:
        store.check_off(done.id, done.value.created_at)
    return bool(lost)
