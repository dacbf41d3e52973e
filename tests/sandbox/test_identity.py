"""ID tokens where they are verified: outside the emulators, against a local certificate server."""

import base64
import time
from collections.abc import Iterator

import firebase_admin
import flask
import pytest
from firebase_admin import _token_gen, credentials

from app.kit import identity
from app.kit.errors import DomainError, UnauthenticatedError, UnavailableError
from tests.support.certificates import TokenSigner
from tests.support.patience import SOON_SECONDS
from tests.support.tokens import PROJECT, claims, id_token


@pytest.fixture(scope="module")
def signers() -> Iterator[tuple[TokenSigner, TokenSigner]]:
    """The signer that the project trusts, and another one."""
    pair = (TokenSigner().start(), TokenSigner().start())
    yield pair
    for signer in pair:
        signer.stop()


@pytest.fixture
def signer(
    signers: tuple[TokenSigner, TokenSigner], monkeypatch: pytest.MonkeyPatch
) -> Iterator[TokenSigner]:
    """The trusted signer, with Firebase set up as in the cloud."""
    trusted, _ = signers
    trusted.fetches = 0
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST", raising=False)
    monkeypatch.setattr(_token_gen, "ID_TOKEN_CERT_URI", trusted.url)
    if firebase_admin._apps:  # noqa: SLF001  # another test imported `main`
        firebase_admin.delete_app(firebase_admin.get_app())
    credential = credentials.Certificate(trusted.service_account())
    firebase_admin.initialize_app(credential, {"projectId": PROJECT, "httpTimeout": SOON_SECONDS})
    yield trusted
    firebase_admin.delete_app(firebase_admin.get_app())


def caller(token: str) -> identity.Caller:
    headers = {"Authorization": f"Bearer {token}"}
    with flask.Flask(__name__).test_request_context(headers=headers):
        return identity.caller(flask.request, check_revoked=False)


def refusal(token: str) -> type[DomainError]:
    with pytest.raises(DomainError) as refused:
        caller(token)
    return type(refused.value)


def test_a_valid_token_names_the_caller(signer: TokenSigner) -> None:
    someone = caller(signer.sign(claims("ann", roles=["coach"])))

    assert (someone.uid, someone.roles) == ("ann", frozenset({"coach"}))


def test_an_expired_token_is_refused(signer: TokenSigner) -> None:
    now = int(time.time())

    assert refusal(signer.sign(claims("ann", exp=now - 1))) is UnauthenticatedError


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"aud": "other"}, id="of another project"),
        pytest.param({"iss": "https://securetoken.google.com/other"}, id="of another issuer"),
        pytest.param({"iat": int(time.time()) + 3600}, id="from the future"),
        pytest.param({"sub": ""}, id="of nobody"),
        pytest.param({"exp": None}, id="that never expires"),
    ],
)
def test_a_signed_token_is_refused(signer: TokenSigner, changed: dict[str, object]) -> None:
    assert refusal(signer.sign(claims("ann", **changed))) is UnauthenticatedError


def test_an_unsigned_token_is_refused(signer: TokenSigner) -> None:
    assert refusal(id_token("ann")) is UnauthenticatedError
    assert refusal(signer.sign(claims("ann"), alg="none")) is UnauthenticatedError
    assert refusal(signer.sign(claims("ann"), alg="HS256")) is UnauthenticatedError


def test_a_broken_signature_is_refused(signer: TokenSigner) -> None:
    content, _, signature = signer.sign(claims("ann")).rpartition(".")
    forged = signature[:-10] + signature[-10:].swapcase()

    assert refusal(f"{content}.{forged}") is UnauthenticatedError
    assert refusal(f"{content}.") is UnauthenticatedError


@pytest.mark.parametrize("part", [b"[]", b"null", b'"x"', b"1", b"{}", b"\xff"])
def test_parts_that_are_no_claims_are_refused(signer: TokenSigner, part: bytes) -> None:
    encoded = base64.urlsafe_b64encode(part).decode().rstrip("=")
    header, payload, signature = signer.sign(claims("ann")).split(".")

    assert refusal(f"{encoded}.{payload}.{signature}") is UnauthenticatedError
    assert refusal(f"{header}.{encoded}.{signature}") is UnauthenticatedError


def test_another_key_is_refused(
    signer: TokenSigner, signers: tuple[TokenSigner, TokenSigner]
) -> None:
    _, stranger = signers

    assert refusal(stranger.sign(claims("ann"))) is UnauthenticatedError
    assert refusal(signer.sign(claims("ann"), kid="key-2")) is UnauthenticatedError


def test_certificates_are_fetched_once_while_they_are_fresh(signer: TokenSigner) -> None:
    for _ in range(5):
        caller(signer.sign(claims("ann")))

    assert signer.fetches == 1


def test_without_certificates_nobody_is_let_in(
    signer: TokenSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = TokenSigner()  # holds a port on which nobody answers
    gone.start()
    gone.stop()
    monkeypatch.setattr(_token_gen, "ID_TOKEN_CERT_URI", gone.url)

    assert refusal(signer.sign(claims("ann"))) is UnavailableError
