"""The only code that reads or writes `outbox`."""

from collections.abc import Callable
from datetime import datetime

from app.kit.firestore import Collection, Write
from app.platform.mail.models import Mail, Secrets
from app.platform.records import vault
from app.platform.records.vault import Purpose, Record, System

outbox = Collection("outbox", Mail)

_MAIL = System(Purpose.MAIL)


def creation(mail_id: str, mail: Mail, secrets: Secrets) -> tuple[Write, ...]:
    """Return the writes that make a mail, on condition that there is none of this id.

    Raises:
        UnavailableError: the person's key cannot be had now; nothing may be stored.
    """
    values = secrets.model_dump(exclude_none=True)
    sealed, trail = vault.seal(_record(mail_id, mail), values, by=_MAIL)
    return outbox.create(mail_id, mail.model_copy(update={"sealed": sealed})), *trail


def secrets(mail_id: str, mail: Mail) -> Secrets:
    """Return what is sealed in a mail; one commit, of the audit, if anything is.

    Raises:
        NotFoundError: the person was erased.
        UnavailableError: the person's key cannot be had now.
    """
    return Secrets.model_validate(vault.open_now(_record(mail_id, mail), mail.sealed, by=_MAIL))


def change(mail_id: str, to: Callable[[Mail], Mail]) -> Mail:
    """Replace a mail by `to(mail)` and return the new one. One read and one commit.

    Raises:
        NotFoundError: it was erased.
        NotYoursError: `to` says so.
    """
    return outbox.update(mail_id, to)


def overdue(at: datetime, limit: int) -> list[tuple[str, Mail]]:
    """Return mails that nobody works on with their ids, those longest so first. One query."""
    found = outbox.find(before={"leaseUntil": at}, order_by="leaseUntil", limit=limit)
    return [(seen.id, seen.value) for seen in found if seen.value is not None]


def _record(mail_id: str, mail: Mail) -> Record:
    return Record(mail.uid, f"outbox/{mail_id}")
