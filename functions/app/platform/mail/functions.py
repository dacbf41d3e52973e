"""The Cloud Functions of mail: what starts sending, what sends, and the net under both."""

from app.kit import clock
from app.kit.tasks import enqueue, task_queue
from app.kit.triggers import on_created, schedule
from app.platform.mail import sending, store
from app.platform.mail.models import Mail, SendMail
from app.platform.mail.policy.kinds import WORKER
from app.platform.mail.policy.templates import KINDS

SWEEP_MAX = 200


@on_created("outbox/{mailId}")
def mail_on_queued(mail_id: str) -> None:
    """Queue the sending of a new mail. One read and one task."""
    mail = store.outbox.get(mail_id)
    if mail is not None:
        _queue(mail_id, mail)


@schedule("every 5 minutes")
def mail_sweep_outbox() -> None:
    """Queue the sending of mails that nobody works on: their task was lost, or a worker died.

    One query, and a task for each that it finds.
    """
    for mail_id, mail in store.overdue(clock.now(), SWEEP_MAX):
        _queue(mail_id, mail)


@task_queue(min_backoff_seconds=10, secrets=sending.SECRETS)
def mailSendTask(request: SendMail) -> None:  # noqa: N802  # queue ids take no underscore
    """Send a mail, unless it was or may have been sent before.

    Three reads, two commits and one look at the account; one more commit where something sealed
    is opened. While the mail server does not take it, the error has the task repeated.
    """
    sending.send(request.mail_id, WORKER)


def _queue(mail_id: str, mail: Mail) -> None:
    enqueue(KINDS[mail.template].worker, SendMail(mail_id=mail_id))
