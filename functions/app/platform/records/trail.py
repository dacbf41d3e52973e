"""What the audit log says of an access to sealed records. Pure."""

from collections.abc import Iterable
from datetime import datetime

from app.platform.audit.models import Action, AuditEntry, Outcome, Touched
from app.platform.records import policy
from app.platform.records.models import Actor, GrantKind, Recipient, Record
from app.platform.records.register import TYPES


def entry(
    action: Action,
    places: Iterable[tuple[Record, Iterable[str]]],
    by: Actor,
    outcome: Outcome,
    at: datetime,
) -> AuditEntry | None:
    """Return the one entry on an access to fields of records, all of one person.

    None where nothing of it is audited. What a grant allowed, or should have, always is; and what
    a consent allowed went out with the notice on redisclosure (42 CFR 2.32).

    Raises:
        ValueError: the records are of several people.
    """
    places = [(record, tuple(sorted(fields))) for record, fields in places]
    subjects = {record.uid for record, _ in places}
    if len(subjects) > 1:
        raise ValueError("One access opens the records of one person.")
    who = policy.capacity(by)
    touched = tuple(
        Touched(path=record.path, fields=fields)
        for record, fields in places
        if who.grant is not None or _audited(record.collection)
    )
    if not touched:
        return None
    return _entry(action, subjects.pop(), touched, who, outcome, at)


def refused(by: Recipient, at: datetime) -> AuditEntry:
    """Return the entry on somebody whose grant lets them read nothing at all."""
    who = policy.capacity(by)
    return _entry(Action.READ, by.grant.subject, (), who, Outcome.REFUSED, at)


def act(
    action: Action, subject: str, touched: tuple[Touched, ...], by: Actor, at: datetime
) -> AuditEntry:
    """Return the entry on something done that opened and sealed nothing, such as giving a role."""
    return _entry(action, subject, touched, policy.capacity(by), Outcome.ALLOWED, at)


def _entry(  # noqa: PLR0913, PLR0917  # what an entry is made of
    action: Action,
    subject: str,
    touched: tuple[Touched, ...],
    who: policy.Capacity,
    outcome: Outcome,
    at: datetime,
) -> AuditEntry:
    return AuditEntry(
        at=at,
        actor=who.actor,
        role=who.role,
        purpose=who.purpose,
        action=action,
        subject=subject,
        touched=touched,
        outcome=outcome,
        grant_id=who.grant and who.grant.id,
        notice=outcome is Outcome.ALLOWED
        and who.grant is not None
        and who.grant.kind is not GrantKind.EMERGENCY,
    )


def _audited(collection: str) -> bool:
    access = TYPES[collection].access
    return access is not None and access.audited
