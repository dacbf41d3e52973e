"""The Cloud Functions of mail: what starts sending, what sends, and the net under both."""

import os
from contextlib import suppress
from email.message import EmailMessage
from email.utils import parseaddr

from app.kit import clock, dead_letters, environment, logs
from app.kit.errors import NotFoundError, UnavailableError
from app.kit.tasks import enqueue, task_queue
from app.kit.triggers import on_created, schedule
from app.platform.mail import store
from app.platform.mail.gateway import people, smtp
from app.platform.mail.models import Mail, MailState, Reason, SendMail
from app.platform.mail.policy import message, outbox
from app.platform.mail.policy.outbox import NotYoursError

SWEEP_MAX = 200

_WORKER = "mailSendTask"


@on_created("outbox/{mailId}")
def mail_on_queued(mail_id: str) -> None:
    """Queue the sending of a new mail. One task."""
    enqueue(_WORKER, SendMail(mail_id=mail_id))


@schedule("every 5 minutes")
def mail_sweep_outbox() -> None:
    """Queue the sending of mails that nobody works on: their task was lost, or a worker died.

    One query, and a task for each that it finds.
    """
    for mail_id in store.overdue(clock.now(), SWEEP_MAX):
        enqueue(_WORKER, SendMail(mail_id=mail_id))


@task_queue(min_backoff_seconds=10, secrets=smtp.SECRETS)
def mailSendTask(request: SendMail) -> None:  # noqa: N802  # queue ids take no underscore
    """Send a mail, unless it was or may have been sent before.

    Three reads, two commits and one look at the account; one more commit where something sealed
    is opened. While the mail server does not take it, the error has the task repeated.
    """
    with suppress(NotFoundError, NotYoursError):  # erased, or somebody else's
        _send(request.mail_id)


def _send(mail_id: str) -> None:
    at = clock.now()
    mail = store.outbox.get(mail_id)
    if mail is None or mail.state in outbox.OVER:
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
            sender = _sender()
            written = message.written(mail_id, mail, secrets, sender=sender, site=_site())
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
        _tell_staff(mail_id, smtp.UnansweredError())
    elif reason is Reason.REJECTED:
        _tell_staff(mail_id, smtp.RejectedError())
    elif reason is Reason.EXPIRED:
        _tell_staff(mail_id, UnavailableError(""))
    store.change(
        mail_id, lambda current: outbox.over(current, held.attempts, state, clock.now(), reason)
    )


def _tell_staff(mail_id: str, error: Exception) -> None:
    dead_letters.keep(_WORKER, SendMail(mail_id=mail_id).model_dump(by_alias=True), error)
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
