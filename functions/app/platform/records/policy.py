"""Who may open and seal which records. Pure; the one place where that is decided."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app.kit.errors import NotFoundError
from app.platform.records.models import (
    Access,
    Actor,
    Category,
    Grant,
    GrantKind,
    Owner,
    Purpose,
    Recipient,
    Record,
    RecordType,
    Staff,
    System,
)

NONE: frozenset[str] = frozenset()
TPO = frozenset({Purpose.TREATMENT, Purpose.PAYMENT, Purpose.OPERATIONS})
APART = frozenset({Purpose.LEGAL_PROCEEDING, Purpose.EMERGENCY})
"""Purposes that no general consent covers."""


@dataclass(frozen=True)
class Capacity:
    """As what somebody acts, for the audit log."""

    actor: str
    role: str
    purpose: Purpose
    grant: Grant | None = None


def capacity(by: Actor) -> Capacity:
    """Return as what `by` acts."""
    match by:
        case Owner(uid):
            return Capacity(uid, "owner", Purpose.SELF)
        case System(purpose):
            return Capacity("system", "system", purpose)
        case Staff(uid, role, purpose):
            return Capacity(uid, role, purpose)
        case Recipient(uid, purpose, grant):
            return Capacity(uid, "recipient", purpose, grant)


def require_opening(
    kind: RecordType, record: Record, fields: Collection[str], by: Actor, at: datetime
) -> None:
    """Refuse whoever may not open `fields` of `record`, which is of this kind.

    Raises:
        NotFoundError: not all are theirs to open; they may not even know that they exist.
    """
    if not set(fields) <= openable(kind, record, by, at):
        raise NotFoundError("There is no such record.")


def require_sealing(kind: RecordType, record: Record, fields: Collection[str], by: Actor) -> None:
    """Refuse whoever may not write `fields` of `record`, which is of this kind.

    Raises:
        NotFoundError: they are not theirs to write.
    """
    access = _access(kind)
    match by:
        case Owner(uid):
            allowed = uid == record.uid
        case System(purpose):
            allowed = purpose in access.system_seals
        case _:
            allowed = False
    if not allowed or not set(fields) <= access.fields:
        raise NotFoundError("There is no such record.")


def openable(kind: RecordType, record: Record, by: Actor, at: datetime) -> frozenset[str]:
    """Return the fields of `record`, which is of this kind, that `by` may open at that time."""
    access = _access(kind)
    match by:
        case Owner(uid):
            return access.fields if uid == record.uid else NONE
        case System(purpose):
            return access.system_opens.get(purpose, NONE)
        case Staff(_, role, purpose):
            return access.staff_opens.get((role, purpose), NONE)
        case Recipient(uid, purpose, grant):
            covered = (
                grant.subject == record.uid
                and grant.recipient == uid
                and purpose in grant.purposes
                and kind.category in grant.categories
                and in_force(grant, at)
                and _kind_covers(grant.kind, purpose, kind.category)
            )
            if not covered:
                return NONE
            return access.emergency if grant.kind is GrantKind.EMERGENCY else access.shared


def in_force(grant: Grant, at: datetime) -> bool:
    """Whether a grant holds at a time. Revoked means from then on."""
    revoked = grant.revoked_at is not None and at >= grant.revoked_at
    return grant.valid_from <= at < grant.valid_until and not revoked


def _kind_covers(kind: GrantKind, purpose: Purpose, category: Category) -> bool:
    """Whether a grant of this kind can cover this use at all.

    Counselling notes and legal proceedings each need a consent of their own, which covers nothing
    else; an emergency is for that purpose alone.
    """
    notes = category is Category.COUNSELLING_NOTES
    match kind:
        case GrantKind.EMERGENCY:
            return purpose is Purpose.EMERGENCY
        case GrantKind.COUNSELLING_NOTES:
            return notes and purpose not in APART
        case GrantKind.LEGAL_PROCEEDING:
            return purpose is Purpose.LEGAL_PROCEEDING and not notes
        case GrantKind.TPO:
            return purpose in TPO and not notes
        case GrantKind.CONSENT:
            return purpose not in APART and not notes


def _access(kind: RecordType) -> Access:
    if kind.access is None:
        raise ValueError(f"Nothing is sealed in {kind.collection}.")
    return kind.access
