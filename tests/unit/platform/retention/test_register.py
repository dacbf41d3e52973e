"""What the register says of time, as the sweep reads it."""

from datetime import timedelta

from app.platform.records.register.duties import YEAR
from app.platform.retention.policy import sweep


def test_what_hangs_on_activity_is_kept_and_warned_of_alike() -> None:
    kept = sweep.idle_retention()

    assert (kept.period, kept.warned) == (2 * YEAR, timedelta(days=30))
    assert len(sweep.by_activity()) > 1
