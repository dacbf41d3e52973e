"""A mail server that speaks TLS and asks who sends, with a certificate for `localhost`."""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    import asyncio

USER, PASSWORD = "relay", "secret"


class TlsServer:
    """Takes mail from who signs in.

    Attributes:
        received: the recipients of each mail and who sent it.
        logins: the names of all who tried to sign in.
        authority: the file of the certificate to be trusted.
    """

    def __init__(self, *, implicit: bool) -> None:
        self.received: list[tuple[list[str], str]] = []
        self.logins: list[str] = []
        self._folder = tempfile.TemporaryDirectory()
        certificate, key = _certificate(Path(self._folder.name))
        self.authority = str(certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        # aiosmtpd calls a connection insecure that TLS began before it: hence `auth_require_tls`.
        tls: dict[str, Any] = (
            {"ssl_context": context, "auth_require_tls": False}
            if implicit
            else {"tls_context": context, "require_starttls": True, "auth_required": True}
        )
        self._controller = _Controller(
            self, hostname="127.0.0.1", port=0, authenticator=self._admit, **tls
        )

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()
        self._folder.cleanup()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._controller.port)

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take a mail."""
        self.received.append((envelope.rcpt_tos, str(session.auth_data)))
        return "250 OK"

    def _admit(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: LoginPassword
    ) -> AuthResult:
        name = data.login.decode()
        self.logins.append(name)
        return AuthResult(
            success=(name, data.password) == (USER, PASSWORD.encode()),
            handled=False,  # the server tells the client
            auth_data=name,
        )


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """Learn the port before the first connection, which aiosmtpd makes to it right away."""
        server = cast("asyncio.Server", self.server)
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
