"""Links that prove an e-mail address, and changes of address and password."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.kit.model import Document, IdempotencyKey, Instant, Message, Revised
from app.platform.mail.mailing import Locale

Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
"""256 random bits in base64url."""

EmailAddress = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}"
        r"@[A-Za-z0-9]([A-Za-z0-9.-]{0,187}[A-Za-z0-9])?$",
        max_length=254,
    ),
]
"""A plain address (RFC 5321, a dot-string at a domain)."""

Password = Annotated[str, Field(min_length=8, max_length=128)]
"""In code points (NIST SP 800-63B-4, 3.1.1.2, asks for 8 at least and 64 at least admitted)."""


class LinkPurpose(StrEnum):
    """What a link is good for, and nothing else."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105  # no password
    CHANGE_EMAIL = "change_email"


class Link(Revised):
    """`account_links/{SHA-256 of its token}`: one link, good once.

    `email_mac` is the account's address when it was issued, as a keyed fingerprint; `sealed` the
    new address (`newEmail`) of a change. `generation` is that of the person's links: see
    `AccountLock`.
    """

    uid: str
    purpose: LinkPurpose
    locale: Locale
    email_mac: bytes
    sealed: dict[str, bytes] = Field(default_factory=dict)
    generation: int
    issued_at: Instant
    expires_at: Instant
    used_at: Instant | None = None


class AccountLock(Revised):
    """`account_locks/{uid}`: who changes the password or address of an account now.

    Links of an earlier `generation` are void: it counts up with each such change. `holder` is the
    operation that alone may change the account until `held_until`; "" for none.
    """

    generation: int = 0
    holder: str = ""
    held_until: Instant | None = None


class ResetRequest(Document):
    """`reset_requests/{id}`: somebody asked for a link to reset the password of an address.

    Whether there is such an account is looked up later, so that the call tells nothing of it. The
    address is sealed under a key that is no person's. It is deleted when it has been looked up.
    """

    locale: Locale
    sealed: dict[str, bytes]
    requested_at: Instant
    lease_until: Instant


class Done(Message):
    """It was done, or will be. It tells nothing else on purpose."""


class _Writing(Message):
    idempotency_key: IdempotencyKey


class RequestVerification(_Writing):
    """Asks for a link that proves the account's address."""

    locale: Locale


class ConfirmVerification(_Writing):
    """Brings the token of such a link."""

    token: Token


class RequestPasswordReset(_Writing):
    """Asks for a link to choose a new password, at an address that may or may not be known."""

    email: EmailAddress
    locale: Locale


class ResetPassword(_Writing):
    """Brings the token of such a link, and the new password."""

    token: Token
    new_password: Password


class ChangePassword(_Writing):
    """Sets a new password."""

    new_password: Password
    locale: Locale


class RequestEmailChange(_Writing):
    """Asks for a link, sent to a new address, to use it from then on."""

    new_email: EmailAddress
    locale: Locale


class ConfirmEmailChange(_Writing):
    """Brings the token of such a link."""

    token: Token
