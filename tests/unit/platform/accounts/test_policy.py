"""What the rules of accounts say, apart from everything they are part of."""

from datetime import UTC, date, datetime

import pytest

from app.platform.accounts import policy

WEBKIT = "AppleWebKit/605.1.15 Version/18 Safari/605.1.15"
CHROME = "AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko Firefox/140.0", "Firefox on Windows"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT}", "Safari on Mac"),
        (f"Mozilla/5.0 (X11; CrOS x86_64) {CHROME}", "Chrome on ChromeOS"),
        (f"Mozilla/5.0 (Linux; Android 16) {CHROME}", "Chrome on Android"),
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU like Mac OS X) CriOS/140 Safari/604.1", "Chrome on iPhone"),
        ("curl/8.5", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_a_device_is_told_by_kind_alone(user_agent: str, device: str) -> None:
    assert policy.device(user_agent) == device


@pytest.mark.parametrize(
    ("birth_date", "today", "old_enough"),
    [
        (date(2009, 1, 15), date(2027, 1, 15), True),
        (date(2009, 1, 16), date(2027, 1, 15), False),
        (date(2008, 2, 29), date(2026, 2, 28), False),
        (date(2008, 2, 29), date(2026, 3, 1), True),
        (date(2027, 1, 16), date(2027, 1, 15), False),
        (date(1, 1, 1), date(2027, 1, 15), True),
    ],
)
def test_people_are_of_age_from_their_birthday(
    birth_date: date, today: date, *, old_enough: bool
) -> None:
    assert policy.of_age(birth_date, today) is old_enough


def test_sessions_count_from_the_second_after_they_were_ended() -> None:
    at = datetime(2027, 1, 15, 12, 0, 0, 1, tzinfo=UTC)

    assert policy.sessions_from(at) == datetime(2027, 1, 15, 12, 0, 1, tzinfo=UTC)
    assert policy.sessions_from(at.replace(microsecond=0)) == policy.sessions_from(at)
