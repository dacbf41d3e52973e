"""Groups of payments for people, made once a month.

It can stop anywhere and run any number of times at once. One commit decides the groups of a month;
all else follows from them and can be repeated.
"""

from datetime import UTC
from typing import TYPE_CHECKING

from app.kit import clock
from app.recovery.ledger import queueing
from app.recovery.ledger.models.aid import Grouping
from app.recovery.ledger.policy import grouping as policy
from app.recovery.ledger.policy import periods
from app.recovery.ledger.store import aid as store

if TYPE_CHECKING:
    from app.kit.firestore import Snapshot

MAX_STEPS = 1000
"""More than a run ever takes: two for each month, and for each one that was overtaken."""


def group() -> None:
    """Make the groups of all months that are over."""
    for _ in range(MAX_STEPS):
        if not _step():
            return
    raise RuntimeError("Payments were not grouped in any number of steps.")


def finish() -> None:
    """Do what follows from the groups of the last month, unless it is done. One read if so."""
    seen = store.progress()
    if seen.value is not None and seen.value.marked != seen.value.through:
        _finish(seen, seen.value)


def _step() -> bool:
    """Decide the groups of one month, or do what follows from them; return whether to go on."""
    seen = store.progress()
    done = seen.value
    if done is not None and done.marked != done.through:
        _finish(seen, done)
        return True
    this_month = periods.month_of(clock.now().astimezone(UTC).date().isoformat())
    if done is not None:
        month = periods.after(done.through)
    else:
        oldest = store.oldest_day()
        month = this_month if oldest is None else periods.month_of(oldest)
    if month >= this_month:
        return False
    waiting = store.waiting(f"{periods.after(month)}-01")
    plan = policy.plan(month, waiting, clock.now())
    statement = plan.statement or (None if done is None else done.statement)
    after = done or Grouping(through=month)
    after = after.model_copy(update={"through": month, "statement": statement})
    store.commit_groups(seen, after, plan.groups, plan.items)
    return True


def _finish(seen: "Snapshot[Grouping]", done: Grouping) -> None:
    """Mark the payments of the last month's groups, and let these join the ledger."""
    month = done.through
    made = store.made_after(month)
    store.mark(made)
    if periods.ends_quarter(month):
        store.forget_vendors(periods.quarter_of(month))
    store.marked(seen, done.model_copy(update={"marked": month}))
    if made:
        queueing.wake()
