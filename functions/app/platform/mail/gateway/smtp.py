"""The mail server, by SMTP (RFC 5321). The only importer of its client.

What matters is which side of one moment a failure is on: before the dot that ends the message is
sent, the server cannot have taken it; after the dot, only its answer tells.
"""

import contextlib
import os
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from app.kit import environment
from app.kit.errors import UnavailableError

STEP_SECONDS = 10.0
"""For each answer of the server. RFC 5321 would wait minutes, which no task has."""
TOTAL_SECONDS = 30.0
PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
PERMANENT = 500
GO_AHEAD = 354

SECRETS = [] if environment.emulated() else ["MAIL_SERVER_URL"]
"""What functions that send declare. The emulator would look for it in the cloud."""


class RejectedError(Exception):
    """The server refused this mail for good."""


class UnansweredError(Exception):
    """The server was given the whole mail, and nobody knows whether it took it."""


@dataclass(frozen=True)
class Server:
    """Where the mail server is, and how it is spoken to."""

    scheme: str
    host: str
    port: int
    user: str
    password: str


def server() -> Server:
    """Return the mail server of `MAIL_SERVER_URL`, or the stand-in of `SMTP_URL`.

    `smtps://` is TLS from the start, `smtp+starttls://` TLS before anything of worth is said
    (RFC 8314), `smtp://` no TLS, for stand-ins alone.

    Raises:
        RuntimeError: it is no such address.
    """
    stand_in = environment.stand_in("SMTP_URL")
    parts = urlsplit(stand_in or os.environ["MAIL_SERVER_URL"])
    schemes = PORTS if stand_in else PORTS.keys() - {"smtp"}
    if parts.scheme not in schemes or not parts.hostname:
        raise RuntimeError("MAIL_SERVER_URL is no address smtps:// or smtp+starttls://")
    return Server(
        parts.scheme,
        parts.hostname,
        parts.port or PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


@contextlib.contextmanager
def ready(sender: str, recipient: str, domain: str) -> Iterator[Callable[[EmailMessage], None]]:
    """Give what hands over one mail, once the server has agreed to sender and recipient.

    What the block does before that call happens while nothing is sent.

    Args:
        sender: the address that the server is to send failures to.
        recipient: the address.
        domain: as whom we greet the server.

    Raises:
        RejectedError: the server refuses the recipient or the mail for good.
        UnavailableError: it did not take the mail; it may later.
        UnansweredError: by the call in the block only.
    """
    address = server()
    with contextlib.ExitStack() as stack:
        with _not_taken():
            client = _connected(address, domain, stack)
            _expect_recipient(client, sender, recipient)
        yield lambda message: _hand_over(client, message)


def _connected(address: Server, domain: str, stack: contextlib.ExitStack) -> smtplib.SMTP:
    context = ssl.create_default_context()
    client: smtplib.SMTP
    if address.scheme == "smtps":
        client = smtplib.SMTP_SSL(local_hostname=domain, timeout=STEP_SECONDS, context=context)
    else:
        client = smtplib.SMTP(local_hostname=domain, timeout=STEP_SECONDS)
    # Each read has its timeout; a server that sends a byte now and then needs this as well.
    alarm = threading.Timer(TOTAL_SECONDS, _cut, (client,))
    alarm.daemon = True
    alarm.start()
    stack.callback(alarm.cancel)
    stack.callback(_end, client)
    # Whose certificate TLS is to check. Only the constructor sets it, which would connect at once,
    # before the alarm is set.
    client._host = address.host  # type: ignore[attr-defined]  # noqa: SLF001
    code, _ = client.connect(address.host, address.port)
    _require(code)
    if address.scheme == "smtp+starttls":
        client.starttls(context=context)
    if address.user:
        client.login(address.user, address.password)
    client.ehlo_or_helo_if_needed()
    return client


def _expect_recipient(client: smtplib.SMTP, sender: str, recipient: str) -> None:
    code, _ = client.mail(sender)
    _require(code)
    code, _ = client.rcpt(recipient)
    if code >= PERMANENT:
        raise RejectedError
    _require(code)


def _hand_over(client: smtplib.SMTP, message: EmailMessage) -> None:
    lines = re.sub(rb"(?m)^\.", b"..", message.as_bytes())
    with _not_taken():
        code, _ = client.docmd("DATA")
        if code >= PERMANENT:
            raise RejectedError
        if code != GO_AHEAD:
            raise smtplib.SMTPDataError(code, b"")
        client.send(lines + b".\r\n")
    try:
        code, _ = client.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise UnansweredError from error
    if code >= PERMANENT:
        raise RejectedError
    with _not_taken():
        _require(code)


def _require(code: int) -> None:
    """Refuse any answer that is not "done"."""
    if code // 100 != 2:  # noqa: PLR2004  # RFC 5321, 4.2.1
        raise smtplib.SMTPResponseException(code, b"")


@contextlib.contextmanager
def _not_taken() -> Iterator[None]:
    """Turn failures of the server or the network into one that says: later.

    Refused credentials too: that is our mistake, and mails wait until it is mended.
    """
    try:
        yield
    except (smtplib.SMTPException, OSError) as error:
        raise UnavailableError("The mail server does not take mail right now.") from error


def _end(client: smtplib.SMTP) -> None:
    with contextlib.suppress(smtplib.SMTPException, OSError):
        client.quit()
    client.close()


def _cut(client: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError):
        if client.sock is not None:
            client.sock.shutdown(socket.SHUT_RDWR)
