"""The SMTP stand-in: an inbox that keeps every message in memory."""

import asyncio
import email
import email.policy
import threading
import time
from email.message import EmailMessage
from typing import Any, Literal, Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import Field, field_validator, model_validator

from sandbox.standin import Fault, Faults

MAX_MESSAGE_BYTES = 16 << 20


class SmtpFault(Fault):
    """What a message meets.

    Attributes:
        at: the step of the exchange at which it happens.
        reject: the answer, such as `451 4.3.0 Try again later`; 4xx passes, 5xx is for good.
        delay_seconds: waits before it answers.
        drop: closes the connection instead of answering.
        keep: takes the message before it does (a lost answer).
    """

    at: Literal["RCPT", "DATA"] = "DATA"
    reject: str | None = Field(default=None, pattern=r"^[45]\d\d [\x20-\x7e]+$")
    delay_seconds: float = Field(default=0, ge=0)
    drop: bool = False
    keep: bool = False

    @field_validator("reject")
    @classmethod
    def _keeps_the_connection(cls, reject: str) -> str:
        if reject.startswith("421"):
            raise ValueError("421 would promise to close the connection, which this does not do")
        return reject

    @model_validator(mode="after")
    def _some_effect(self) -> Self:
        if not (self.reject or self.delay_seconds or self.drop):
            raise ValueError("needs reject, delay_seconds or drop")
        if self.reject and self.drop:
            raise ValueError("cannot both reject and drop")
        if self.keep and not (self.drop and self.at == "DATA"):
            raise ValueError("keep goes with drop at DATA")
        return self


NO_FAULT = SmtpFault.model_construct()


class SmtpInbox:
    """A mail server on the loopback address that takes everything and sends nothing on."""

    def __init__(self, *, port: int = 0) -> None:
        self._lock = threading.Lock()
        self._faults = Faults(SmtpFault)
        self._messages: list[dict[str, Any]] = []
        self._controller = _Controller(
            _Handler(self._faults, self._keep),
            hostname="127.0.0.1",
            port=port,
            data_size_limit=MAX_MESSAGE_BYTES,
        )

    def start(self) -> Self:
        """Serve."""
        self._controller.start()
        return self

    def stop(self) -> None:
        """Stop; open connections are closed."""
        self._controller.stop()

    def environment(self) -> dict[str, str]:
        """Return where it listens."""
        return {"SMTP_URL": f"smtp://127.0.0.1:{self._controller.port}"}

    def status(self) -> dict[str, Any]:
        """Return the number of messages, the latest ones by subject, and the faults to come."""
        messages = self.calls()
        return {
            "calls": len(messages),
            "messages": [
                {name: message[name] for name in ("to", "subject")} for message in messages[:-11:-1]
            ],
            "faults": self._faults.waiting(),
        }

    def calls(self) -> list[dict[str, Any]]:
        """Return every message that was taken, the oldest first."""
        with self._lock:
            return list(self._messages)

    def inject(self, fault: dict[str, Any]) -> None:
        """Queue an `SmtpFault`."""
        self._faults.add(fault)

    def reset(self) -> None:
        """Forget faults and messages."""
        self._faults.clear()
        with self._lock:
            self._messages.clear()

    def _keep(self, message: dict[str, Any]) -> None:
        with self._lock:
            self._messages.append(message)


class _Handler:
    """The hooks of aiosmtpd; each returns the answer to a command."""

    def __init__(self, faults: Faults[SmtpFault], keep: Any) -> None:
        self._faults = faults
        self._keep = keep

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self,
        server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        fault = await self._meet(server, "RCPT")
        if not fault.reject:
            envelope.rcpt_tos.append(address)
        return fault.reject or "250 OK"

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        fault = await self._meet(server, "DATA")
        if not fault.reject and (fault.keep or not fault.drop):
            self._keep(_described(envelope))
        return fault.reject or "250 OK"

    async def _meet(self, server: SMTP, step: str) -> SmtpFault:
        """Wait out the fault of this step, hang up if it says so, and return it."""
        fault = self._faults.take(lambda candidate: candidate.at == step) or NO_FAULT
        await asyncio.sleep(fault.delay_seconds)
        if fault.drop:
            cast("asyncio.Transport", server.transport).abort()
        return fault


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """Learn the port before the first connection, which aiosmtpd makes to it right away."""
        server = cast("asyncio.Server", self.server)
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def _described(envelope: Envelope) -> dict[str, Any]:
    raw = cast("bytes", envelope.content)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return {
        "at": time.time(),
        "from": envelope.mail_from,
        "to": list(envelope.rcpt_tos),
        "subject": message["subject"],
        "text": _body(message, "plain"),
        "html": _body(message, "html"),
        "attachments": [part.get_filename() for part in message.iter_attachments()],
        "raw": raw.decode("utf-8", "replace"),
    }


def _body(message: EmailMessage, kind: Literal["plain", "html"]) -> str | None:
    body = message.get_body((kind,))
    # On the wire lines end in CRLF; who wrote the message wrote newlines.
    return body.get_content().replace("\r\n", "\n") if body else None
