"""Mails as they go to the mail server (RFC 5322). Pure: the same mail is always the same bytes."""

import email.policy
import re
from email.message import EmailMessage
from email.utils import parseaddr

from app.platform.mail.models import Attachment, Mail, Secrets
from app.platform.mail.policy.templates import KINDS

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
)
"""A `dot-atom@domain` of ASCII: no quoting, no comments, nothing that could end a header."""


def is_deliverable(address: str) -> bool:
    """Whether mail can be sent to `address`; none outside ASCII is taken."""
    return _ADDRESS.fullmatch(address) is not None


def written(  # noqa: PLR0913  # what a message is made of
    mail_id: str,
    mail: Mail,
    secrets: Secrets,
    *,
    sender: str,
    site: str,
    attachment: Attachment | None = None,
) -> EmailMessage:
    """Return `mail` without its recipient.

    The Message-ID is made from the mail's id, so that a mail whose fate is unknown can be looked
    for in the mail server's log.

    Args:
        mail_id: its id.
        mail: what is to be said.
        secrets: what `sealed` holds.
        sender: `Name <address>`.
        site: the address of the web client, without a slash at its end.
        attachment: what goes with it.
    """
    kind = KINDS[mail.template]
    words = kind.words[mail.locale]
    if kind.page and secrets.token is None:
        raise ValueError(f"{mail.template} needs a token.")
    # Behind the fragment sign, since that part of a link is sent to no server.
    link = f"{site}/{kind.page}#token={secrets.token}"
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = sender
    message["Subject"] = words.subject
    message["Date"] = mail.queued_at
    message["Message-ID"] = f"<{mail_id}@{domain(sender)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office programs keep silent
    text = words.text.format_map({**mail.parameters, "link": link})
    message.set_content(text, cte="quoted-printable")
    message["Content-Language"] = mail.locale
    if attachment is not None:
        message.add_attachment(
            attachment.content,
            maintype="application",
            subtype="pdf",
            filename=attachment.file_name,
        )
        message.set_boundary(f"part-{mail_id[:64]}")
    return message


def domain(sender: str) -> str:
    """Return the domain of `Name <address>`."""
    return parseaddr(sender)[1].rpartition("@")[2]
