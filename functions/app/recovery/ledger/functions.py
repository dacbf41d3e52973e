"""The Cloud Functions of the ledger: into the queue, from the queue into the ledger, and out.

The queue is what makes an entry durable; the sequencer can stop anywhere and run any number of
times at once. Only one commit, that of the batch with the head, decides the order of entries.
"""

import secrets
import time
from datetime import datetime, timedelta

from app.kit import clock, dead_letters, ids
from app.kit.errors import NotFoundError
from app.kit.http import public_get
from app.kit.limits import PUBLIC
from app.kit.tasks import enqueue, task_queue
from app.kit.triggers import on_created, schedule
from app.platform.payments.models.documents import Movement
from app.platform.records import vault
from app.platform.records.vault import ErasedError, Purpose, Record, System
from app.recovery.ledger import store
from app.recovery.ledger.models import Head, Page, PrivateRecord, ReadPage, SequenceLedger, State
from app.recovery.ledger.policy import batches, intake, pages

CACHE_SECONDS = 5
SALT_BYTES = 32
BATCH_INTERVAL = timedelta(seconds=1)
"""Firestore sustains one write a second on one document, the head."""
LEASE = timedelta(seconds=60)
RUN = timedelta(seconds=40)
"""A run leaves what is left to a next one after this long, well before the platform ends it."""
SETTLED = timedelta(minutes=2)
"""After this long a movement without a queue item is taken to have lost its trigger."""
GIVE_UP_AFTER = timedelta(hours=1)
MAX_REDELIVERED = 500


@on_created("payment_movements/{movementId}")
def ledger_on_movement_created(movement_id: str) -> None:
    """Queue a movement of money for the ledger, once, and wake the sequencer.

    Two reads, one commit, one task; for a repeated delivery the commit is left out, for a
    movement that the ledger does not take all but the first read.
    """
    movement = store.movement(movement_id)
    if intake.takes(movement):
        _queue(movement)
        _wake()


@task_queue(max_concurrent=1)
def ledgerSequenceTask(request: SequenceLedger) -> None:  # noqa: N802  # queue ids take no underscore
    """Sequence what is queued.

    Its name stands for a second and queues one task only, so it waits until that second is over:
    then it finds what any insert of that second queued. For one entry: seven reads, five queries
    and four commits; 500 entries take two commits more.
    """
    _wait_until(datetime.fromtimestamp(request.second + 1, clock.now().tzinfo))
    _sequence()


@schedule("every 1 minutes")
def ledger_sequence_every_minute() -> None:
    """Sequence what is queued, and queue movements whose trigger was lost: the net.

    With nothing to do: four reads, four queries and two commits.
    """
    _sequence()
    if _redeliver():
        _wake()


@public_get(limits=PUBLIC, cache_seconds=CACHE_SECONDS)
def ledger_page(request: ReadPage) -> Page:
    """Return entries of the public ledger, newest first. One query and one read at any depth."""
    name = pages.filter_name(request.category, request.period)
    before_index = None if request.cursor is None else int(request.cursor)
    entries = store.newest(name, before_index, request.limit + 1)
    return pages.page(request, entries, store.size())


def _queue(movement: Movement) -> None:
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


def _wake() -> None:
    second = int(clock.now().timestamp())
    enqueue("ledgerSequenceTask", SequenceLedger(second=second), name=f"ledger-{second}")


def _redeliver() -> bool:
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
            _queue(movement)
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


def _sequence() -> None:
    """Sequence until nothing is left to do, time is up, or another one has the lease."""
    owner, end = ids.new(), clock.now() + RUN
    while clock.now() < end:
        now = clock.now()
        epoch = store.take_lease(owner, now, now + LEASE)
        if epoch is None:
            return
        try:
            while clock.now() < end and _step(epoch):
                pass
        finally:
            store.release_lease(owner)
        # Whoever found the lease taken until now relied on this look.
        if not store.has_pending():
            return
    _wake()


def _step(epoch: int) -> bool:
    """Sweep or commit one batch; return whether there may be more to do."""
    seen, swept = store.position()
    head = seen.value or Head()
    if head.epoch > epoch:
        return False  # the lease ran out and another one works
    if swept < head.batches:
        store.sweep(swept, batches.resolve, batches.entries)
        return True
    waiting = store.waiting(batches.MAX_ENTRIES)
    items = {idem: item.value for idem, item in waiting.items() if item.value is not None}
    parents = {item.parent for item in items.values() if item.parent is not None} - items.keys()
    states = store.states(parents)
    sequenced = {idem for idem, state in states.items() if state is State.SEQUENCED}
    plan, held = batches.plan(head, epoch, items, sequenced)
    store.hold(waiting[idem] for idem in held)
    if plan is None:
        return False
    if seen.seen_at is not None:
        _wait_until(seen.seen_at + BATCH_INTERVAL)
    store.commit_batch(seen, plan.head, plan.batch)
    return True


def _wait_until(moment: datetime) -> None:
    """Wait until `moment`, and no longer than a second, whatever the clock says."""
    time.sleep(min(1.0, max(0.0, (moment - clock.now()).total_seconds())))
