"""Making a link: its document, and the mail that alone carries its token."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from app.platform.credentials.models.links import AccountLock, Link, LinkPurpose
from app.platform.credentials.models.people import Account
from app.platform.credentials.policy import links as policy
from app.platform.credentials.store import links as store
from app.platform.mail import mailing
from app.platform.mail.mailing import Locale, Secrets, Template

if TYPE_CHECKING:
    from app.kit.firestore import Write

_TEMPLATES = {
    LinkPurpose.VERIFY_EMAIL: Template.VERIFY_EMAIL,
    LinkPurpose.RESET_PASSWORD: Template.RESET_PASSWORD,
    LinkPurpose.CHANGE_EMAIL: Template.CONFIRM_NEW_EMAIL,
}


def issued(  # noqa: PLR0913  # what a link is
    purpose: LinkPurpose,
    account: Account,
    lock: AccountLock,
    locale: Locale,
    at: datetime,
    *,
    operation_id: str,
    new_email: str | None = None,
) -> "tuple[Write, ...]":
    """Return the writes that make a link and queue its mail.

    Args:
        purpose: what it is good for.
        account: whose it is. The link is bound to the address that the account has.
        lock: the account's.
        locale: of the mail.
        at: the time.
        operation_id: what asked for it; it leads to one link.
        new_email: where the mail goes instead of the account's address.
    """
    token = secrets.token_urlsafe(32)
    link_id = policy.link_id(token)
    link = Link(
        uid=account.uid,
        purpose=purpose,
        locale=locale,
        email_mac=store.email_mac(account.uid, account.email or ""),
        generation=lock.generation,
        issued_at=at,
        expires_at=at + policy.LIFETIME[purpose],
    )
    mail = mailing.queued(
        store.mail_id(operation_id, purpose),
        account.uid,
        _TEMPLATES[purpose],
        locale,
        at,
        secrets=Secrets(token=token, address=new_email),
    )
    return *store.creation(link_id, link, new_email), *mail


def notice(  # noqa: PLR0913  # what a mail is
    template: Template,
    uid: str,
    locale: Locale,
    at: datetime,
    *,
    operation_id: str,
    address: str | None = None,
) -> "tuple[Write, ...]":
    """Return the writes that tell a person of a change to their account.

    Args:
        template: what it says.
        uid: whose account it is.
        locale: in which language.
        at: when the change was made.
        operation_id: what made it; it leads to one mail.
        address: where the mail goes, if not to the account's address then.
    """
    return mailing.queued(
        store.mail_id(operation_id, template),
        uid,
        template,
        locale,
        at,
        parameters={"at": f"{at:%Y-%m-%d %H:%M} UTC"},
        secrets=Secrets(address=address),
    )
