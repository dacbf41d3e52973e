"""What signs, against the KMS stand-in: in time, and never believed unchecked."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from app.kit.errors import UnavailableError
from app.platform.kms import gateway
from sandbox.kms.server import AUDIT_KEY, KEY_ENCRYPTION_KEY, KmsStandIn
from tests.support.patience import SOON_SECONDS, assert_within

VERSION = f"{AUDIT_KEY}/cryptoKeyVersions/1"
BRIEF_SECONDS = 1.0


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[KmsStandIn]:
    stand_in = KmsStandIn().start()
    for name, value in stand_in.environment().items():
        monkeypatch.setenv(name, value)
    gateway._client.cache_clear()  # noqa: SLF001  # it keeps its address
    yield stand_in
    gateway._client.cache_clear()  # noqa: SLF001  # as above
    stand_in.stop()


def sign(data: bytes, version: str = VERSION, *, seconds: float = SOON_SECONDS) -> bytes:
    return gateway.sign(version, data, until=time.monotonic() + seconds)


def public_key(*, seconds: float = SOON_SECONDS) -> Ed25519PublicKey:
    pem = gateway.public_key(VERSION, until=time.monotonic() + seconds)
    key = load_pem_public_key(pem)
    assert isinstance(key, Ed25519PublicKey)
    return key


def test_what_is_signed_verifies_under_the_public_key_and_nothing_else_does(
    kms: KmsStandIn,
) -> None:
    public_key().verify(sign(b"heads"), b"heads")

    with pytest.raises(InvalidSignature):
        public_key().verify(sign(b"heads"), b"headz")


@pytest.mark.parametrize("method", ["AsymmetricSign", "GetPublicKey"])
@pytest.mark.parametrize(
    "fault",
    [
        {"code": "UNAVAILABLE"},
        {"corrupt": "flip"},
        {"corrupt": "crc"},
        {"corrupt": "wrongname"},
    ],
    ids=["down", "damaged", "wrong checksum", "another key"],
)
def test_a_fault_that_passes_is_overcome_and_one_that_lasts_is_told_in_time(
    kms: KmsStandIn, method: str, fault: dict[str, Any]
) -> None:
    kms.inject({"method": method, **fault})
    public_key().verify(sign(b"heads"), b"heads")

    kms.inject({"method": method, "times": -1, **fault})

    def ask_in_vain() -> None:
        with pytest.raises(UnavailableError):
            public_key(seconds=BRIEF_SECONDS).verify(
                sign(b"heads", seconds=BRIEF_SECONDS), b"heads"
            )

    assert_within(BRIEF_SECONDS + 0.5, ask_in_vain)


def test_data_that_did_not_arrive_as_it_was_sent_is_signed_again(kms: KmsStandIn) -> None:
    kms.inject({"method": "AsymmetricSign", "corrupt": "unverified"})

    public_key().verify(sign(b"heads"), b"heads")

    assert kms.status()["calls"]["AsymmetricSign"] == 2


@pytest.mark.parametrize(
    "version", [f"{AUDIT_KEY}/cryptoKeyVersions/2", f"{KEY_ENCRYPTION_KEY}/cryptoKeyVersions/1"]
)
def test_a_key_that_does_not_sign_is_lost_and_not_asked_twice(
    kms: KmsStandIn, version: str
) -> None:
    with pytest.raises(gateway.KeyLostError):
        sign(b"heads", version)

    assert kms.status()["calls"] == {"AsymmetricSign": 1}
