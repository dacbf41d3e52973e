"""A local stand-in of the servers that sign Firebase ID tokens and publish their certificates."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from sandbox.http import Request, Response, Route, Server, json_response

KEY_ID = "key-1"
MAX_AGE_SECONDS = 3600


class TokenSigner:
    """Signs ID tokens (RS256) and serves the certificate that they are checked against."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        self.fetches = 0
        routes = [
            Route("GET", "/certificates", self._certificates),
            Route("GET", "/keys", self._keys),
        ]
        self._server = Server(routes)
        self.url = f"{self._server.url}/certificates"
        self.keys_url = f"{self._server.url}/keys"

    def start(self) -> Self:
        """Serve in the background."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Let go of the port."""
        self._server.stop()

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """Return a token of `claims`; `header` replaces parts of its header."""
        parts = ({"alg": "RS256", "kid": KEY_ID, "typ": "JWT", **header}, claims)
        content = ".".join(_encode(json.dumps(part).encode()) for part in parts)
        signature = self._key.sign(content.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{content}.{_encode(signature)}"

    def service_account(self) -> dict[str, str]:
        """Return credentials of a service account that exists nowhere."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "type": "service_account",
            "project_id": "demo-evergrow",
            "private_key": pem.decode(),
            "client_email": "nobody@demo-evergrow.example",
            "token_uri": self._server.url,
        }

    def _keys(self, _request: Request) -> Response:
        """Return the same key as App Check's are published (RFC 7517)."""
        numbers = self._key.public_key().public_numbers()
        modulus, exponent = (
            _encode(number.to_bytes((number.bit_length() + 7) // 8))
            for number in (numbers.n, numbers.e)
        )
        key = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": KEY_ID, "n": modulus}
        return json_response({"keys": [{**key, "e": exponent}]})

    def _certificates(self, _request: Request) -> Response:
        self.fetches += 1
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "token signer")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(self._key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        return json_response({KEY_ID: pem}, Cache_Control=f"public, max-age={MAX_AGE_SECONDS}")


def _encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")
