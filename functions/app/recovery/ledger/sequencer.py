"""The sequencer: from the queue into the ledger.

It can stop anywhere and run any number of times at once. Only one commit, that of the batch with
the head, decides the order of entries.
"""

import time
from datetime import datetime, timedelta

from app.kit import clock, ids
from app.recovery.ledger import queueing, store
from app.recovery.ledger.models import Head, Progress, State
from app.recovery.ledger.policy import batches, statistics
from app.recovery.ledger.publishing import Publisher

BATCH_INTERVAL = timedelta(seconds=1)
"""Firestore sustains one write a second on one document, the head."""
LEASE = timedelta(seconds=60)
RUN = timedelta(seconds=40)
"""A run leaves what is left to a next one after this long, well before the platform ends it."""


def sequence() -> None:
    """Sequence until nothing is left to do, time is up, or another one has the lease."""
    owner, end, publisher = ids.new(), clock.now() + RUN, Publisher()
    while clock.now() < end:
        now = clock.now()
        epoch = store.take_lease(owner, now, now + LEASE)
        if epoch is None:
            return
        try:
            while clock.now() < end and _step(epoch, publisher):
                pass
        finally:
            store.release_lease(owner)
        # Whoever found the lease taken until now relied on this look.
        if not store.has_pending():
            return
    queueing.wake()


def _step(epoch: int, publisher: Publisher) -> bool:
    """Sweep, publish or commit; return whether there may be more to do."""
    seen, done = store.position()
    head, progress = seen.value or Head(), done.value or Progress()
    if head.epoch > epoch:
        return False  # the lease ran out and another one works
    if progress.swept < head.batches:
        store.sweep(
            progress.swept, batches.resolve, batches.entries, statistics.sums, statistics.plus
        )
        return True
    if progress.published < head.batches and publisher.publish(done, head.batches):
        return True
    waiting = store.waiting(batches.MAX_ENTRIES)
    items = {idem: item.value for idem, item in waiting.items() if item.value is not None}
    named = {idem for item in items.values() for idem in (item.parent, item.rival) if idem}
    known = store.queued(named - items.keys())
    sequenced = {idem: item for idem, item in known.items() if item.state is State.SEQUENCED}
    plan, held = batches.plan(head, epoch, items, sequenced)
    store.hold(waiting[idem] for idem in held)
    if plan is None:
        return False
    if seen.seen_at is not None:
        wait_until(seen.seen_at + BATCH_INTERVAL)
    store.commit_batch(seen, plan.head, plan.batch)
    return True


def wait_until(moment: datetime) -> None:
    """Wait until `moment`, and no longer than a second, whatever the clock says."""
    time.sleep(min(1.0, max(0.0, (moment - clock.now()).total_seconds())))
