"""The ledger against Stripe, and its two sets of books against each other."""

from datetime import UTC, datetime, time, timedelta

from app.kit import clock
from app.kit.triggers import schedule
from app.platform.payments import cases
from app.platform.payments.cases import Difference
from app.platform.payments.gateway import lists
from app.platform.payments.policy.balance import movement_id
from app.platform.payments.store import truth
from app.platform.stripe.gateway import SECRETS
from app.recovery.ledger import grouping, store
from app.recovery.ledger.models import Head, Progress
from app.recovery.ledger.policy import books, leaves
from app.recovery.ledger.policy.accounts import Books
from app.recovery.ledger.store import aid as payments

DAYS = 7
"""How many days are compared, so that a day that nobody compared is made up for."""
HELD_FOR = timedelta(days=7)
"""How long an item may wait for what it follows from before staff see it."""


@schedule("every day 06:00", secrets=SECRETS, timeout_sec=540)
def ledger_reconcile_daily() -> None:
    """Compare what the ledger and Stripe say of each of the last days, and open cases.

    A case closes by itself once both agree. For each day: a call to Stripe and a read for each
    hundred of its transactions, and a query for each five hundred entries. Then what no entry
    waits for in vain: two reads and two queries, a query and a read for each five hundred payments
    that are in no group.
    """
    midnight = datetime.combine(clock.now().astimezone(UTC).date(), time(), UTC)
    found: dict[str, Difference | None] = {}
    for ago in range(DAYS, 0, -1):
        start = midnight - timedelta(days=ago)
        day = start.date().isoformat()
        booked = lists.booked(start, start + timedelta(days=1))
        movements = truth.movements_at({m for t in booked if (m := movement_id(t)) is not None})
        ledger_cents = books.in_ledger(store.of_day(day))
        stripe_cents = books.at_stripe(booked, movements)
        found[f"ledger-{day}"] = books.difference(leaves.CLEARING, ledger_cents, stripe_cents)
    cases.tell(found | _in_private())


def _in_private() -> dict[str, Difference | None]:
    """Return what is wrong with the private sub-ledger, and with items that wait too long.

    While the sequencer works nothing is said of the sub-ledger: its parts are read one by one.
    """
    held = books.held(store.held_since(clock.now() - HELD_FOR))
    grouping.finish()
    before, progress = store.position()
    head = before.value or Head()
    outstanding_cents = payments.outstanding_cents()
    after, _ = store.position()
    if head != (after.value or Head()) or (progress.value or Progress()).swept < head.batches:
        return held
    return held | books.private(Books(head.balances, head.private), outstanding_cents)
