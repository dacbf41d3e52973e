"""What Stripe told, delivered once more to those who listen to it: the net under their triggers.

A trigger can be lost, or give up. So each listener, in a schedule of its own, walks through what
was written since it last did, and handles it as its trigger would have; to handle a thing again
changes nothing.
"""

from collections.abc import Callable
from datetime import timedelta

from app.kit import clock, dead_letters, logs
from app.kit.errors import AbortedError, UnavailableError
from app.platform.payments.models.documents import Mirror, Movement
from app.platform.payments.store import feeds as store

SETTLED = timedelta(minutes=2)
"""After this long a thing's trigger has run, or was lost."""
GIVE_UP_AFTER = timedelta(hours=1)
MAX_DELIVERED = 300


def redeliver[T: Mirror | Movement](
    listener: str, kind: type[T], handle: Callable[[str, T], object]
) -> bool:
    """Hand every thing of a kind that was written since the last walk to `handle(id, thing)`.

    What cannot be handled is tried again until `GIVE_UP_AFTER`, then kept as a dead letter, and
    holds up nothing meanwhile. A service that is down ends the walk; the next one begins where
    this one did. A read and a query, and a commit where something was found.

    Args:
        listener: whose walk it is.
        kind: movements, or what mirrors one kind of Stripe's objects.
        handle: returns something true where it had something to do.

    Returns:
        Whether a trigger had been lost, as far as `handle` tells.
    """
    now = clock.now()
    done, lost, held = None, False, False
    for seen in store.since(listener, kind, now - SETTLED, MAX_DELIVERED):
        if seen.value is not None:
            try:
                lost |= bool(handle(seen.id, seen.value))
            except (AbortedError, UnavailableError):
                raise
            except Exception as error:  # noqa: BLE001  # whatever it is, the others go on
                logs.failure("A change at Stripe could not be followed.", error, function=listener)
                if now - store.time_of(seen.value) < GIVE_UP_AFTER:
                    held = True
                else:
                    dead_letters.keep(listener, {"id": seen.id}, error)
        if not held:
            done = seen
    if done is not None:
        store.reach(listener, done)
    return lost
