"""When an assessment may be taken again."""

from datetime import datetime, timedelta

from app.kit.errors import FailedPreconditionError

RETAKE_AFTER_DAYS = 30
_DAY = timedelta(days=1)


def check_retake(last_submitted_at: datetime | None, *, at: datetime) -> None:
    """Pass who never took it, or took it at least 30 x 24 hours ago.

    Raises:
        FailedPreconditionError: it is too early; `daysRemaining` is rounded up to whole days.
    """
    if last_submitted_at is None:
        return
    remaining = last_submitted_at + RETAKE_AFTER_DAYS * _DAY - at
    if remaining > timedelta():
        days = -(-remaining // _DAY)
        raise FailedPreconditionError(
            f"You can take the assessment again in {days} day{'' if days == 1 else 's'}.",
            {"daysRemaining": days},
        )
