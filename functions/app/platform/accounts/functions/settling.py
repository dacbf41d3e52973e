"""Makes Firebase Auth say what the documents of accounts say.

The document is committed first and is the truth. Whoever changed it then tells Firebase Auth; a
crash in between, or two at once of whom the slower one knew less, is put right by a sweep that
looks once nobody can be at it any more.
"""

from datetime import timedelta

from app.kit import clock
from app.kit.triggers import schedule
from app.platform.accounts import gateway, store

GRACE = timedelta(minutes=5)
"""Longer than a function can run."""
SWEEP_MAX = 100
TRIES = 5


def settle(uid: str) -> None:
    """Tell Firebase Auth of an account as it is now. A read before and after, and its calls.

    Raises:
        UnavailableError: Firebase Auth or Firestore does not answer; the sweep will do it.
    """
    seen = store.look(uid)
    for _ in range(TRIES):
        if seen.value is None:
            return
        gateway.settle(uid, seen.value.claims, seen.value.sessions_from)
        told, seen = seen, store.look(uid)
        if seen.seen_at == told.seen_at:
            return


@schedule("every 5 minutes")
def accounts_sweep_unsettled() -> None:
    """Tell Firebase Auth of accounts that changed, once more. One query; for each, two writes."""
    for seen in store.unsettled(clock.now() - GRACE, SWEEP_MAX):
        if seen.value is not None:
            gateway.settle(seen.id, seen.value.claims, seen.value.sessions_from)
            store.settled(seen)
