"""What finds out that something was lost: events, and movements of money."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from app.kit import clock
from app.kit.tasks import enqueue
from app.kit.triggers import schedule
from app.platform.payments import cases, looking
from app.platform.payments.gateway import lists
from app.platform.payments.models.events import ProcessEvent
from app.platform.payments.policy import cases as case_policy
from app.platform.payments.policy import events as policy
from app.platform.payments.store import cases as case_store
from app.platform.payments.store import events, reconciliations, truth
from app.platform.stripe.gateway import SECRETS

KEPT = timedelta(days=30)
"""How long Stripe lists events; where nothing was reconciled yet, it begins there."""
WINDOW = timedelta(hours=6)
"""What is looked at in one go."""
OVERLAP = timedelta(hours=1)
"""What is looked at once more: lists may lag, and clocks differ."""
SETTLED = timedelta(hours=1)
"""After this long a movement of money is to be known."""
LOOK_AGAIN = timedelta(hours=6)
RUN_SECONDS = 400
"""A run leaves the rest to the next one after this long, well before the platform ends it."""
_OPTIONS = {"secrets": SECRETS, "timeout_sec": 540}


@schedule("every 15 minutes", **_OPTIONS)
def payments_reconcile_events() -> None:
    """Store and queue the events that no webhook brought, and look at what has not ended.

    It walks on from where it was, at most `KEPT` back. Events of connected accounts cannot be
    listed together, so their accounts and payouts are looked at every `LOOK_AGAIN` until they
    have ended. For a window with nothing missing: a call to Stripe and a read for each hundred
    events, and a commit; then three queries.
    """
    at = clock.now()
    for since, until in _windows("events", at):
        for page in lists.events(since, until):
            found = {policy.event_id(event): policy.received(event, at) for event in page}
            for event_id in events.record_missing(found):
                if found[event_id].handled_at is None:
                    enqueue(looking.WORKER, ProcessEvent(event_id=event_id))
    for roots in truth.unsettled():
        looking.look(roots, unless_within=LOOK_AGAIN)


@schedule("every day 05:00", **_OPTIONS)
def payments_reconcile_balance() -> None:
    """Compare what moved the balance at Stripe with the movements that are known; open cases.

    Both ways, for all that is older than `SETTLED`. For a window where all agree: a call to Stripe
    for each hundred transactions, a query, reads for each hundred, and a commit.
    """
    for since, until in _windows("balance", clock.now() - SETTLED):
        subjects = case_policy.by_subject(lists.booked(since, until))
        known = truth.movements_between(since, until)
        known |= truth.movements_at(subjects.keys() - known.keys())
        cases.tell(case_policy.compared(subjects, known))
    for open_cases in case_store.all_open():
        known = truth.movements_at(open_cases)
        settled = {
            case_id
            for case_id, case in open_cases.items()
            if case_policy.is_settled(case, known.get(case_id))
        }
        cases.tell(dict.fromkeys(settled))


def _windows(name: str, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield what is to be looked at up to `end`, the oldest first; each is done when resumed.

    They begin and end with a second: Stripe's lists know no finer time, and a part of one would be
    on one side of a bound there and on the other here.
    """
    end = end.replace(microsecond=0)
    give_up_at = time.monotonic() + RUN_SECONDS
    oldest = end - KEPT
    reached = max(reconciliations.reached(name) or oldest, oldest).replace(microsecond=0)
    since = reached - OVERLAP
    while since < end:
        until = min(since + WINDOW, end)
        yield since, until
        reconciliations.reach(name, until)
        if time.monotonic() >= give_up_at:
            return
        since = until
