"""How tests wait: long for what must happen, since only a failure takes that long."""

import time
from collections.abc import Callable

SOON_SECONDS = 60
"""Within this, what must happen has happened, however busy the machine is."""


def until[T](look: Callable[[], T | None], *, seconds: float = SOON_SECONDS) -> T:
    """Look again and again until there is something, and return it."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"nothing within {seconds} s"
        time.sleep(0.01)
    return found


def assert_within(seconds: float, act: Callable[[], object], *, tries: int = 5) -> None:
    """Check that something takes no longer than it may, at least when the machine is not busy.

    What cannot do it fails at every try; what can is held up by others now and then.
    """
    took = []
    for _ in range(tries):
        started = time.monotonic()
        act()
        took.append(time.monotonic() - started)
        if took[-1] < seconds:
            return
    raise AssertionError(f"took {took}, may take {seconds}")
