"""The duties after a breach and their clocks. Pure.

Every figure is to be checked with counsel before it is relied on. Which of the federal laws
applies to a breach (HIPAA and 42 CFR 2.16(b), or the FTC's rule for health records of others) is
counsel's to say: the register counts for both, and one is then marked as not applicable.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.kit.errors import InvalidArgumentError
from app.platform.breaches.models import (
    Breach,
    Clock,
    Duty,
    Ended,
    Numbers,
    RecordBreach,
    UpdateBreach,
)

DAY = timedelta(days=1)
CLOCK_SKEW = timedelta(minutes=5)
OLDEST = timedelta(days=3650)
COLORADO_DAYS = 30
FEDERAL_DAYS = 60
MANY = 500
CREDIT_AGENCIES_ABOVE = 1000


@dataclass(frozen=True)
class Rule:
    """One duty: who is told, under which law, from how many people on, and by when."""

    duty: Duty
    whom: str
    basis: str
    applies: Callable[[Breach], bool]
    due: Callable[[Breach], datetime]


def _in_days(days: int) -> Callable[[Breach], datetime]:
    return lambda breach: breach.discovered_at + days * DAY


def _with_the_people_or_the_year(breach: Breach) -> datetime:
    """Return when the authority is told: with the people from 500 on, else early next year."""
    if breach.people_affected >= MANY:
        return breach.discovered_at + FEDERAL_DAYS * DAY
    year = breach.discovered_at.astimezone(UTC).year
    return datetime(year + 1, 1, 1, tzinfo=UTC) + FEDERAL_DAYS * DAY


RULES = (
    Rule(
        Duty.PEOPLE_COLORADO,
        "each affected resident of Colorado",
        "C.R.S. 6-1-716(2)(a): 30 days",
        lambda breach: breach.colorado_residents > 0,
        _in_days(COLORADO_DAYS),
    ),
    Rule(
        Duty.PEOPLE_FEDERAL,
        "each affected person",
        "45 CFR 164.404(b), 42 CFR 2.16(b), 16 CFR 318.4(a): 60 days",
        lambda breach: breach.people_affected > 0,
        _in_days(FEDERAL_DAYS),
    ),
    Rule(
        Duty.ATTORNEY_GENERAL,
        "the Attorney General of Colorado",
        "C.R.S. 6-1-716(2)(f): 30 days, from 500 residents on",
        lambda breach: breach.colorado_residents >= MANY,
        _in_days(COLORADO_DAYS),
    ),
    Rule(
        Duty.CREDIT_AGENCIES,
        "the nationwide consumer reporting agencies",
        "C.R.S. 6-1-716(2)(d): without unreasonable delay, above 1,000 residents; 30 days are ours",
        lambda breach: breach.colorado_residents > CREDIT_AGENCIES_ABOVE,
        _in_days(COLORADO_DAYS),
    ),
    Rule(
        Duty.MEDIA,
        "prominent media of a state",
        "45 CFR 164.406, 16 CFR 318.5(b): 60 days, above 500 (FTC: from 500 on) residents of it",
        lambda breach: breach.most_in_one_state >= MANY,
        _in_days(FEDERAL_DAYS),
    ),
    Rule(
        Duty.HHS,
        "the Secretary of Health and Human Services",
        "45 CFR 164.408: 60 days from 500 people on, else 60 days after the end of the year",
        lambda breach: breach.people_affected > 0,
        _with_the_people_or_the_year,
    ),
    Rule(
        Duty.FTC,
        "the Federal Trade Commission",
        "16 CFR 318.5(c): 60 days from 500 people on, else 60 days after the end of the year",
        lambda breach: breach.people_affected > 0,
        _with_the_people_or_the_year,
    ),
)


def recorded(request: RecordBreach, *, by: str, at: datetime) -> Breach:
    """Return the breach that `request` records.

    Raises:
        InvalidArgumentError: a date or a number cannot be.
    """
    if request.discovered_at > at + CLOCK_SKEW:
        raise InvalidArgumentError.of("discoveredAt", "lies in the future")
    if request.discovered_at < at - OLDEST:
        raise InvalidArgumentError.of("discoveredAt", "is more than ten years ago")
    _require_numbers(request, "")
    return Breach(
        recorded_by=by,
        recorded_at=at,
        discovered_at=request.discovered_at,
        kind=request.kind,
        categories=tuple(dict.fromkeys(request.categories)),
        people_affected=request.people_affected,
        colorado_residents=request.colorado_residents,
        most_in_one_state=request.most_in_one_state,
    )


def require_update(request: UpdateBreach) -> None:
    """Refuse an update that says nothing, or half of something.

    Raises:
        InvalidArgumentError: names the field.
    """
    if request.numbers is None and request.duty is None:
        raise InvalidArgumentError.of("numbers", "or duty is required")
    if request.numbers is not None:
        _require_numbers(request.numbers, "numbers.")
    for field, value in (("how", request.how), ("at", request.at)):
        if (value is None) != (request.duty is None):
            problem = "is required with duty" if value is None else "needs duty"
            raise InvalidArgumentError.of(field, problem)


def updated(breach: Breach, request: UpdateBreach, *, by: str, at: datetime) -> Breach:
    """Return `breach` with what `request` says of it.

    Raises:
        InvalidArgumentError: the end of a duty lies before the discovery, or in the future.
    """
    changes: dict[str, object] = {} if request.numbers is None else dict(request.numbers)
    if request.duty is not None and request.how is not None and request.at is not None:
        if not breach.discovered_at <= request.at <= at + CLOCK_SKEW:
            raise InvalidArgumentError.of("at", "lies before the discovery or in the future")
        ended = Ended(how=request.how, at=request.at, by=by)
        changes["ended"] = {**breach.ended, request.duty.value: ended}
    return breach.model_copy(update=changes)


def clocks(breach: Breach, at: datetime) -> tuple[Clock, ...]:
    """Return every duty with the time that it leaves, in the order of `RULES`."""
    return tuple(_clock(rule, breach, at) for rule in RULES)


def _clock(rule: Rule, breach: Breach, at: datetime) -> Clock:
    applies = rule.applies(breach)
    ended = breach.ended.get(rule.duty)
    due = rule.due(breach) if applies else None
    running = due is not None and ended is None
    return Clock(
        duty=rule.duty,
        whom=rule.whom,
        basis=rule.basis,
        applies=applies,
        due=due,
        days_left=math.ceil((due - at) / DAY) if due is not None and running else None,
        overdue=due is not None and running and at > due,
        how=None if ended is None else ended.how,
        ended_at=None if ended is None else ended.at,
    )


def _require_numbers(numbers: Numbers, prefix: str) -> None:
    for field, value in (
        ("coloradoResidents", numbers.colorado_residents),
        ("mostInOneState", numbers.most_in_one_state),
    ):
        if value > numbers.people_affected:
            raise InvalidArgumentError.of(f"{prefix}{field}", "is more than peopleAffected")
    if numbers.colorado_residents > numbers.most_in_one_state:
        raise InvalidArgumentError.of(
            f"{prefix}mostInOneState", "is less than coloradoResidents, which is one state"
        )
