"""The stand-in's clock."""

import threading
import time

import pytest

from sandbox.stripe.clock import Clock
from tests.support.patience import SOON_SECONDS

DAY = 86_400


def test_what_falls_due_in_advanced_time_happens_at_its_own_time_and_may_recur() -> None:
    clock = Clock(threading.RLock())
    started = clock.now()
    seen: list[float] = []

    def daily() -> None:
        seen.append(clock.now() - started)
        clock.later(DAY, daily)

    clock.later(DAY, daily)
    clock.advance(3.5 * DAY)

    assert seen == pytest.approx([DAY, 2 * DAY, 3 * DAY], abs=SOON_SECONDS)
    assert clock.now() - time.time() == pytest.approx(3.5 * DAY, abs=SOON_SECONDS)
