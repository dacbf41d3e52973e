"""Looks at objects of Stripe of which no event may have told, the interface to all domains."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import batched

from app.kit import clock
from app.kit.tasks import enqueue
from app.platform.payments.models.events import ProcessEvent
from app.platform.payments.policy import events as policy
from app.platform.payments.store import events as store
from app.platform.stripe.gateway import PAGE, live

WORKER = "paymentsProcessEventTask"


def look(roots: Iterable[tuple[str, str]], *, unless_within: timedelta = timedelta()) -> int:
    """Queue a look at objects, as if an event had told of each; return how many.

    Such a look is an event of our own: it is tried again, parked and seen by staff as any other.
    A read and a commit for each hundred, and a task for each look.

    Args:
        roots: id and account of each.
        unless_within: those that were looked at within this time are left alone, as are those
            whose look is still waiting.
    """
    at = clock.now()
    looks = {
        policy.look_id(root_id, account): policy.look(root_id, account, livemode=live(), at=at)
        for root_id, account in roots
    }
    count = 0
    for part in batched(looks.items(), PAGE, strict=False):
        for event_id in store.reopen(dict(part), at - unless_within):
            enqueue(WORKER, ProcessEvent(event_id=event_id))
            count += 1
    return count
