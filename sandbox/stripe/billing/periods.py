"""Billing periods: the moments at which a subscription renews."""

import calendar
from datetime import UTC, datetime

from sandbox.stripe.params import Json

DAY_SECONDS = 86_400
MONTHS = {"month": 1, "year": 12}
DAYS = {"day": 1, "week": 7}


def add_months(moment: int, months: int) -> int:
    """Return the same day and time of day (UTC) so many months on, or that month's last day."""
    at = datetime.fromtimestamp(moment, UTC)
    years, month = divmod(at.month - 1 + months, 12)
    year, month = at.year + years, month + 1
    day = min(at.day, calendar.monthrange(year, month)[1])
    return int(at.replace(year=year, month=month, day=day).timestamp())


def boundary(anchor: int, recurring: Json, number: int) -> int:
    """Return the moment `number` intervals after the anchor."""
    interval, steps = str(recurring["interval"]), int(recurring["interval_count"]) * number
    if interval in DAYS:
        return anchor + DAYS[interval] * DAY_SECONDS * steps
    return add_months(anchor, MONTHS[interval] * steps)


def next_boundary(anchor: int, recurring: Json, moment: int) -> int:
    """Return the first boundary after `moment`.

    Counting from the anchor keeps its day: the 31st is the 28th in February and the 31st again.
    """
    longest = recurring["interval_count"] * (
        DAYS.get(recurring["interval"]) or MONTHS[recurring["interval"]] * 31
    )
    number = max(0, (moment - anchor) // (longest * DAY_SECONDS))
    while boundary(anchor, recurring, number) <= moment:
        number += 1
    return boundary(anchor, recurring, number)
