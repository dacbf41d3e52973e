"""The `outbox` document and what mails say."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import Field

from app.kit.model import Document, DocumentId, Instant, Message, Revised


class Locale(StrEnum):
    """The languages that mails are written in."""

    EN = "en"
    ES = "es"


class Template(StrEnum):
    """What a mail is for."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105  # no password
    CONFIRM_NEW_EMAIL = "confirm_new_email"
    EMAIL_CHANGE_REQUESTED = "email_change_requested"
    EMAIL_CHANGED = "email_changed"
    GIFT_UNPAID = "gift_unpaid"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # no password
    RECORDS_END = "records_end"
    RECEIPT = "receipt"
    RECEIPT_CORRECTED = "receipt_corrected"
    GIVING_STATEMENT = "giving_statement"
    GIVING_STATEMENT_CORRECTED = "giving_statement_corrected"
    EARNINGS_WAIT = "earnings_wait"
    PAYOUT_FAILED = "payout_failed"
    TRIAL_ENDING = "trial_ending"
    RENEWAL_COMING = "renewal_coming"
    PAYMENT_FAILED = "payment_failed"
    CARD_REFUSED = "card_refused"
    GRACE_ENDING = "grace_ending"
    SUBSCRIPTION_ENDED = "subscription_ended"


class MailState(StrEnum):
    """How far a mail is. The last three are final."""

    QUEUED = "queued"
    SENDING = "sending"
    """A worker is handing it to the mail server."""
    SENT = "sent"
    """The mail server took it."""
    FAILED = "failed"
    """It was not sent, and will not be."""
    UNKNOWN = "unknown"
    """The mail server was given it and nobody knows whether it took it. It is not sent again."""


class Reason(StrEnum):
    """Why a mail failed."""

    EXPIRED = "expired"
    """It could not be sent while it was of use."""
    NO_ADDRESS = "no_address"
    """The account is gone or disabled, or has no e-mail address."""
    REJECTED = "rejected"
    """The mail server refused it for good."""


class Mail(Revised):
    """`outbox/{id}`: one mail to one person. Nothing in it is readable but its kind.

    `sealed` holds an `address`, where it does not go to the account's own, and the `token` of a
    link; it is emptied when the mail is over. `lease_until` is when a sweep looks after it: past
    it nobody works on it. None once it is over. `attached` names the file that goes with it, which
    is made when the mail is sent and never stored here.
    """

    uid: str
    template: Template
    locale: Locale
    parameters: dict[str, str]
    attached: str | None = None
    sealed: dict[str, bytes] = Field(default_factory=dict)
    state: MailState = MailState.QUEUED
    attempts: int = 0
    reason: Reason | None = None
    queued_at: Instant
    expires_at: Instant
    lease_until: Instant | None
    settled_at: Instant | None = None


class Secrets(Document):
    """What a mail's `sealed` holds."""

    address: str | None = None
    token: str | None = None


@dataclass(frozen=True)
class Attachment:
    """A PDF that goes with a mail."""

    file_name: str
    content: bytes


class SendMail(Message):
    """The task that sends one mail."""

    mail_id: DocumentId
