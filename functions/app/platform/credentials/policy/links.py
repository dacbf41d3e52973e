"""When a link is good, and who may change an account."""

import hashlib
from datetime import datetime, timedelta

from app.kit.errors import AbortedError, InvalidArgumentError
from app.platform.credentials.models.links import AccountLock, Link, LinkPurpose
from app.platform.credentials.models.people import Account

LIFETIME = {
    LinkPurpose.VERIFY_EMAIL: timedelta(hours=24),
    LinkPurpose.RESET_PASSWORD: timedelta(hours=1),
    LinkPurpose.CHANGE_EMAIL: timedelta(hours=1),
}
HOLD = timedelta(minutes=2)
"""How long an operation keeps an account to itself; longer than any call lives."""


class LinkNotValidError(InvalidArgumentError):
    """The link is wrong, spent, void or too old: the answer is the same, whichever it is."""

    def __init__(self) -> None:
        problem = "is not valid any more. Ask for a new link."
        super().__init__(f"token: {problem}", [{"field": "token", "problem": problem}])


def link_id(token: str) -> str:
    """Return the id of the document of a link. The token cannot be told from it."""
    return hashlib.sha256(token.encode()).hexdigest()


def required(link: Link | None, purpose: LinkPurpose, lock: AccountLock, at: datetime) -> Link:
    """Return `link` if it is good for `purpose` now.

    Raises:
        LinkNotValidError: it is not.
    """
    good = (
        link is not None
        and link.purpose is purpose
        and link.used_at is None
        and at < link.expires_at
        and link.generation == lock.generation
    )
    if link is None or not good:
        raise LinkNotValidError
    return link


def required_account(link: Link, account: Account | None, *, own_change: bool = False) -> Account:
    """Return the account of a link, unless it changed in a way that makes the link void.

    Whoever changes password or sessions elsewhere moves `valid_since` past all links.

    Args:
        link: a good one.
        account: the account that it is about.
        own_change: the operation holds the account, and may have moved `valid_since` itself.

    Raises:
        LinkNotValidError: it did, or the account is gone or disabled.
    """
    good = (
        account is not None
        and account.uid == link.uid
        and not account.disabled
        and account.email is not None
        and (own_change or link.issued_at >= account.valid_since)
    )
    if account is None or not good:
        raise LinkNotValidError
    return account


def holds(lock: AccountLock, operation_id: str) -> bool:
    """Whether an operation has the account to itself."""
    return lock.holder == operation_id


def held(lock: AccountLock, operation_id: str, at: datetime) -> AccountLock:
    """Return `lock` as the operation's.

    Raises:
        AbortedError: another one has it.
    """
    if lock.holder and lock.held_until is not None and at < lock.held_until:
        raise AbortedError("This account is being changed. Try again in a moment.")
    return lock.model_copy(update={"holder": operation_id, "held_until": at + HOLD})


def changed(lock: AccountLock) -> AccountLock:
    """Return `lock` after the change: nobody's, and every link issued so far is void."""
    return lock.model_copy(
        update={"generation": lock.generation + 1, "holder": "", "held_until": None}
    )


def foreign_providers(account: Account, email: str) -> list[str]:
    """Return the providers to be unlinked when `email` is what proves whose account this is.

    They know another address, so somebody else may be behind them: before an address was
    proved, anybody could have linked one of their own.
    """
    return sorted(
        name
        for name, known in account.providers.items()
        if name != "password" and (known or "").lower() != email
    )
