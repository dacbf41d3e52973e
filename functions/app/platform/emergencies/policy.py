"""Who may open, use and review an emergency, and for how long. Pure."""

from datetime import datetime, timedelta

from app.kit.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    PermissionDeniedError,
)
from app.kit.roles import Role
from app.platform.emergencies.models import Details, Emergency, Finding, OpenEmergency
from app.platform.records.models import EMERGENCY_LASTS, Category, Grant, GrantKind, Purpose

STAFF = frozenset({Role.ADMIN, Role.REVIEWER})
CLOCK_SKEW = timedelta(minutes=5)
REPORTED_WITHIN = timedelta(hours=24)
CATEGORIES = frozenset(Category) - {Category.COUNSELLING_NOTES}


def acting_as(roles: frozenset[Role]) -> Role:
    """Return the role in which a member of the staff acts here."""
    return min(STAFF & roles)


def require_words(details: Details) -> None:
    """Refuse details of which one says nothing.

    Raises:
        InvalidArgumentError: names each.
    """
    said = details.model_dump(by_alias=True, include=set(Details.model_fields))
    blank = [field for field, text in said.items() if not text.strip()]
    if blank:
        problems = [{"field": field, "problem": "is required"} for field in blank]
        raise InvalidArgumentError(f"Check these fields: {', '.join(blank)}.", problems)


def opened(request: OpenEmergency, *, by: str, at: datetime, sealed: dict[str, bytes]) -> Emergency:
    """Return the emergency that `request` opens.

    Raises:
        InvalidArgumentError: it is said to happen in the future, or happened too long ago.
    """
    if request.occurred_at > at + CLOCK_SKEW:
        raise InvalidArgumentError.of("occurredAt", "lies in the future")
    if request.occurred_at < at - REPORTED_WITHIN:
        raise InvalidArgumentError.of("occurredAt", "is more than 24 hours ago")
    return Emergency(
        uid=request.subject_uid,
        opened_by=by,
        opened_at=at,
        occurred_at=request.occurred_at,
        valid_until=at + EMERGENCY_LASTS,
        sealed=sealed,
    )


def grant_of(emergency_id: str, emergency: Emergency) -> Grant:
    """Return what an emergency allows to the one who opened it, and to nobody else."""
    return Grant(
        id=emergency_id,
        kind=GrantKind.EMERGENCY,
        subject=emergency.uid,
        recipient=emergency.opened_by,
        purposes=frozenset({Purpose.EMERGENCY}),
        categories=CATEGORIES,
        valid_from=emergency.opened_at,
        valid_until=emergency.valid_until,
    )


def reviewed(emergency: Emergency, finding: Finding, *, by: str, at: datetime) -> Emergency:
    """Return `emergency` with its review by a second person.

    Raises:
        PermissionDeniedError: they opened it themselves, or it is about them.
        FailedPreconditionError: it was reviewed before.
    """
    if by in {emergency.opened_by, emergency.uid}:
        raise PermissionDeniedError(
            "Somebody else has to review this.", {"reason": "second_person"}
        )
    if emergency.reviewed:
        raise FailedPreconditionError("It was reviewed before.")
    return emergency.model_copy(
        update={"reviewed": True, "reviewed_by": by, "reviewed_at": at, "finding": finding}
    )
