"""Mail to people, the interface of this domain to all others."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from app.platform.mail import store
from app.platform.mail.models import Locale, Secrets, Template
from app.platform.mail.policy import outbox

if TYPE_CHECKING:
    from app.kit.firestore import Key, Write
    from app.platform.mail.models import Mail

__all__ = ["Locale", "Secrets", "Template", "key", "queued"]

_NOTHING = Secrets()


def queued(  # noqa: PLR0913  # what a mail is
    mail_id: str,
    uid: str,
    template: Template,
    locale: Locale,
    at: datetime,
    *,
    parameters: Mapping[str, str] | None = None,
    secrets: Secrets = _NOTHING,
    attached: str | None = None,
) -> "tuple[Write, ...]":
    """Return the writes that queue a mail, to be part of the commit of what it tells of.

    Args:
        mail_id: made from the operation's id, so that the same operation queues one mail.
        uid: whom it is for. It goes to the address that their account has when it is sent.
        template: what it says.
        locale: in which language.
        at: the time.
        parameters: what the template names; nothing that says anything of the person.
        secrets: another address, and the token of a link. They are stored sealed.
        attached: names the file that goes with it to the worker that makes it.

    Raises:
        UnavailableError: the person's key cannot be had now; nothing may be stored.
    """
    mail = outbox.queued(uid, template, locale, at, parameters or {}, attached=attached)
    return store.creation(mail_id, mail, secrets)


def key(mail_id: str) -> "Key[Mail]":
    """Return the place of a mail, to see in a batched read whether it was queued."""
    return store.outbox.key(mail_id)
