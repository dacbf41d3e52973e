"""The ledger against Stripe."""

from datetime import UTC, datetime, time, timedelta

from app.kit import clock
from app.kit.money import Currency
from app.kit.triggers import schedule
from app.platform.payments import cases
from app.platform.payments.cases import CaseKind, Difference
from app.platform.payments.gateway import lists
from app.platform.payments.policy.balance import movement_id
from app.platform.payments.store import truth
from app.platform.stripe.gateway import SECRETS
from app.recovery.ledger import store
from app.recovery.ledger.policy import books, leaves

DAYS = 7
"""How many days are compared, so that a day that nobody compared is made up for."""


@schedule("every day 06:00", secrets=SECRETS, timeout_sec=540)
def ledger_reconcile_daily() -> None:
    """Compare what the ledger and Stripe say of each of the last days, and open cases.

    A case closes by itself once both agree. For each day: a call to Stripe and a read for each
    hundred of its transactions, and a query for each five hundred entries.
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
        found[f"ledger-{day}"] = (
            None
            if ledger_cents == stripe_cents
            else Difference(
                kind=CaseKind.LEDGER,
                type=leaves.CLEARING,
                expected_cents=ledger_cents,
                actual_cents=stripe_cents,
                currency=Currency.USD,
            )
        )
    cases.tell(found)
