"""How a worker sends a mail of the outbox: its own, or that of a product with files of its own."""

import os
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.utils import parseaddr

from app.kit import clock, dead_letters, environment, logs
from app.kit.errors import NotFoundError, UnavailableError
from app.platform.mail import store
from app.platform.mail.gateway import people, smtp
from app.platform.mail.models import Attachment, Mail, MailState, Reason, SendMail
from app.platform.mail.policy import message, outbox
from app.platform.mail.policy.outbox import NotYoursError
from app.platform.mail.policy.templates import KINDS

__all__ = ["SECRETS", "Attachment", "send"]

SECRETS = smtp.SECRETS
"""What functions that send declare."""


def send(mail_id: str, worker: str, attach: Callable[[str, str], Attachment] | None = None) -> None:
    """Send a mail that is for `worker`, unless it was or may have been sent before.

    Args:
        mail_id: its id.
        worker: the task queue that sends it, as its template says.
        attach: returns the file that goes with it, given its person and the file's name. It runs
            before anything is said to the mail server.

    Raises:
        UnavailableError: the mail server, or something else, does not answer; it is still queued.
    """
    with suppress(NotFoundError, NotYoursError):  # erased, or somebody else's
        _send(mail_id, worker, attach)


def _send(mail_id: str, worker: str, attach: Callable[[str, str], Attachment] | None) -> None:
    at = clock.now()
    mail = store.outbox.get(mail_id)
    if mail is None or mail.state in outbox.OVER or KINDS[mail.template].worker != worker:
        return
    if mail.state is MailState.SENDING:
        if outbox.lost(mail, at):
            _settle(mail_id, mail, MailState.UNKNOWN)
    elif at >= mail.expires_at:
        _settle(mail_id, mail, MailState.FAILED, Reason.EXPIRED)
    else:
        secrets = store.secrets(mail_id, mail)
        recipient = secrets.address or people.address(mail.uid)
        if recipient is None or not message.is_deliverable(recipient):
            _settle(mail_id, mail, MailState.FAILED, Reason.NO_ADDRESS)
        else:
            written = message.written(
                mail_id,
                mail,
                secrets,
                sender=_sender(),
                site=_site(),
                attachment=attach(mail.uid, mail.attached) if attach and mail.attached else None,
            )
            written["To"] = recipient
            _deliver(mail_id, mail, written)


def _deliver(mail_id: str, mail: Mail, written: EmailMessage) -> None:
    """Hand a mail over to the mail server, and keep what is known of how that went."""
    sender = parseaddr(str(written["From"]))[1]
    held = mail
    try:
        with smtp.ready(sender, str(written["To"]), message.domain(sender)) as hand_over:
            held = store.change(mail_id, lambda current: outbox.claimed(current, clock.now()))
            hand_over(written)
    except smtp.RejectedError:
        _settle(mail_id, held, MailState.FAILED, Reason.REJECTED)
    except smtp.UnansweredError:
        _settle(mail_id, held, MailState.UNKNOWN)
    except UnavailableError:
        if held.state is MailState.SENDING:
            attempt = held.attempts
            store.change(mail_id, lambda now: outbox.given_back(now, attempt, clock.now()))
        raise
    else:
        _settle(mail_id, held, MailState.SENT)


def _settle(mail_id: str, held: Mail, state: MailState, reason: Reason | None = None) -> None:
    """End a mail; one that a person is needed for becomes a dead letter first."""
    if state is MailState.UNKNOWN:
        _tell_staff(mail_id, held, smtp.UnansweredError())
    elif reason is Reason.REJECTED:
        _tell_staff(mail_id, held, smtp.RejectedError())
    elif reason is Reason.EXPIRED:
        _tell_staff(mail_id, held, UnavailableError(""))
    store.change(
        mail_id, lambda current: outbox.over(current, held.attempts, state, clock.now(), reason)
    )


def _tell_staff(mail_id: str, mail: Mail, error: Exception) -> None:
    worker = KINDS[mail.template].worker
    dead_letters.keep(worker, SendMail(mail_id=mail_id).model_dump(by_alias=True), error)
    logs.write(logs.Severity.WARNING, "A mail was not sent", reason=type(error).__name__)


def _sender() -> str:
    """Return whom mails are from."""
    if environment.emulated():
        return os.environ.get("MAIL_FROM", "Evergrow360 SecondWind <hello@evergrow360.example>")
    return os.environ["MAIL_FROM"]


def _site() -> str:
    """Return the address of the web client."""
    if environment.emulated():
        return os.environ.get("WEB_URL", "http://127.0.0.1:5000")
    return os.environ["WEB_URL"]
