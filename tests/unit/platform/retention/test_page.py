"""`docs/retention.md` says of every record type what the register does."""

import re
from datetime import timedelta
from pathlib import Path

from app.platform.records.register import TYPES, YEAR
from app.platform.retention.policy import sweep

PAGE = Path(__file__).parents[4] / "docs/retention.md"


def test_the_page_lists_what_goes_by_itself() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) days \| (.+?) \|$", PAGE.read_text(), re.MULTILINE)

    assert rows == [
        (kind.collection, str(kind.retention.period.days), _since(kind.retention.since))
        for kind in TYPES.values()
        if kind.retention is not None
    ]


def test_what_hangs_on_activity_is_kept_and_warned_of_alike() -> None:
    kept = sweep.idle_retention()

    assert (kept.period, kept.warned) == (2 * YEAR, timedelta(days=30))
    assert len(sweep.by_activity()) > 1


def _since(field: str) -> str:
    return field if " " in field else f"`{field}`"
