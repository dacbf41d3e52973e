"""Who may open and seal which records. Pure; the one place where that is decided."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app.kit.errors import NotFoundError
from app.platform.audit.models import RECIPIENT
from app.platform.records.models import (
    EMERGENCY_LASTS,
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
CONSENTABLE = TPO | {Purpose.COACHING}
"""The purposes that a person can consent to, besides a legal proceeding. No consent can name one
of the system's own, such as answering for the person themselves."""


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
            return Capacity(uid, RECIPIENT, purpose, grant)


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
        case Staff(_, role, purpose):
            allowed = (role, purpose) in access.staff_seals
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
        case Recipient(grant=grant):
            if grant.subject != record.uid or not covers(by, kind.category, at):
                return NONE
            return access.emergency if grant.kind is GrantKind.EMERGENCY else access.shared


def require_grant(by: Recipient, at: datetime) -> None:
    """Refuse a recipient whose grant covers nothing for them, for this purpose, at that time.

    Raises:
        NotFoundError: it is another's, over, revoked, or for something else: all look alike.
    """
    if not any(covers(by, category, at) for category in by.grant.categories):
        raise NotFoundError("There is no such record.")


def covers(by: Recipient, category: Category, at: datetime) -> bool:
    """Whether the grant of `by` lets them read records of `category` at that time."""
    grant = by.grant
    return (
        _is_recipient(by)
        and by.purpose in grant.purposes
        and category in grant.categories
        and in_force(grant, at)
        and _kind_covers(grant.kind, by.purpose, category)
    )


def in_force(grant: Grant, at: datetime) -> bool:
    """Whether a grant holds at a time. Revoked means from then on."""
    if grant.revoked_at is not None and at >= grant.revoked_at:
        return False
    if grant.kind is GrantKind.EMERGENCY and at >= grant.valid_from + EMERGENCY_LASTS:
        return False
    return grant.valid_from <= at < grant.valid_until


def _is_recipient(by: Recipient) -> bool:
    """Whether `by` is the person, or of the class, that the grant names."""
    if by.grant.recipient is not None:
        return by.grant.recipient == by.uid
    return by.grant.recipient_class in by.roles


def _kind_covers(kind: GrantKind, purpose: Purpose, category: Category) -> bool:
    """Whether a grant of this kind can cover this use at all.

    Counselling notes and legal proceedings each need a consent of their own (42 CFR 2.31(b), (d)).
    Neither may be combined with another, so that none covers notes in a proceeding. An emergency is
    for that purpose alone, and leaves the notes closed: what a doctor needs stands elsewhere.
    """
    if (category is Category.COUNSELLING_NOTES) != (kind is GrantKind.COUNSELLING_NOTES):
        return False
    match kind:
        case GrantKind.EMERGENCY:
            return purpose is Purpose.EMERGENCY
        case GrantKind.LEGAL_PROCEEDING:
            return purpose is Purpose.LEGAL_PROCEEDING
        case GrantKind.TPO:
            return purpose in TPO
        case GrantKind.CONSENT | GrantKind.COUNSELLING_NOTES:
            return purpose in CONSENTABLE


def _access(kind: RecordType) -> Access:
    if kind.access is None:
        raise ValueError(f"Nothing is sealed in {kind.collection}.")
    return kind.access
