"""How long entries are kept, as the register says."""

from datetime import UTC, datetime

from app.platform.records.models import Erasure
from app.platform.records.register import TYPES


def test_entries_are_kept_for_seven_years_whoever_is_erased() -> None:
    kind = TYPES["audit_entries"]

    assert kind.retention is not None
    assert kind.retention.since == "at"
    for year in range(2024, 2032):
        begin, end = datetime(year, 3, 1, tzinfo=UTC), datetime(year + 7, 3, 1, tzinfo=UTC)
        assert begin + kind.retention.period >= end
    assert kind.erasure is Erasure.KEEP
    assert "seven years" in kind.duty
