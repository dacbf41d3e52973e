"""The states of a mail: at most one worker ever hands it to the mail server.

What leads to `SENDING` is one conditional commit right before the mail is handed over, so a crash
before it leaves the mail queued. After it nobody else may send, whatever becomes of the worker.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from app.platform.mail.models import Locale, Mail, MailState, Reason, Template
from app.platform.mail.policy.templates import KINDS

START_GRACE = timedelta(minutes=5)
"""How long a mail waits for its task before the sweep queues another."""
LEASE = timedelta(minutes=5)
"""Longer than any worker lives, so that one without an answer is dead."""

OVER = frozenset({MailState.SENT, MailState.FAILED, MailState.UNKNOWN})


class NotYoursError(Exception):
    """Another worker has this mail, or it is over."""


def queued(  # noqa: PLR0913  # what a mail is
    uid: str,
    template: Template,
    locale: Locale,
    at: datetime,
    parameters: Mapping[str, str],
    *,
    attached: str | None = None,
) -> Mail:
    """Return a new mail.

    Raises:
        ValueError: the template takes other parameters, or goes with a file and has none.
    """
    kind = KINDS[template]
    if parameters.keys() != kind.parameters:
        raise ValueError(f"{template} takes {sorted(kind.parameters)}.")
    if kind.attaches is (attached is None):
        raise ValueError(f"A file goes with {template}, or one should not.")
    return Mail(
        uid=uid,
        template=template,
        locale=locale,
        parameters=dict(parameters),
        attached=attached,
        queued_at=at,
        expires_at=at + kind.useful_for,
        lease_until=at + START_GRACE,
    )


def claimed(mail: Mail, at: datetime) -> Mail:
    """Return `mail` as the caller's alone to send.

    Raises:
        NotYoursError: it is not queued.
    """
    if mail.state is not MailState.QUEUED:
        raise NotYoursError
    return mail.model_copy(
        update={
            "state": MailState.SENDING,
            "attempts": mail.attempts + 1,
            "lease_until": at + LEASE,
        }
    )


def lost(mail: Mail, at: datetime) -> bool:
    """Whether a worker began to send `mail` and died without saying how it went."""
    return (
        mail.state is MailState.SENDING and mail.lease_until is not None and at >= mail.lease_until
    )


def given_back(mail: Mail, attempt: int, at: datetime) -> Mail:
    """Return `mail` as queued again, after a worker learned that the server did not take it.

    Raises:
        NotYoursError: it is not that attempt's, or was given up, and its secrets are gone.
    """
    if mail.state is not MailState.SENDING or mail.attempts != attempt:
        raise NotYoursError
    return mail.model_copy(update={"state": MailState.QUEUED, "lease_until": at + START_GRACE})


def over(
    mail: Mail, attempt: int, state: MailState, at: datetime, reason: Reason | None = None
) -> Mail:
    """Return `mail` in a final state, without its secrets.

    A worker that was given up for dead may still say how its attempt went.

    Raises:
        NotYoursError: it is not that attempt's any more.
    """
    _require_attempt(mail, attempt)
    return mail.model_copy(
        update={
            "state": state,
            "reason": reason,
            "sealed": {},
            "lease_until": None,
            "settled_at": at,
        }
    )


def _require_attempt(mail: Mail, attempt: int) -> None:
    if mail.attempts != attempt or mail.state in {MailState.SENT, MailState.FAILED}:
        raise NotYoursError
