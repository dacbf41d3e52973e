"""The KMS stand-in, seen through Google's own client."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import google_crc32c
import grpc
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from google.api_core import exceptions
from google.cloud.kms_v1 import KeyManagementServiceClient, types
from google.cloud.kms_v1.services.key_management_service.transports import (
    KeyManagementServiceGrpcTransport,
)
from google.protobuf.field_mask_pb2 import FieldMask

from sandbox.kms.keys import development_seed
from sandbox.kms.server import KEY_ENCRYPTION_KEY, KEY_RING, LOCATION, SIGNING_KEY, KmsStandIn
from tests.support.patience import SOON_SECONDS

SIGNING_VERSION = f"{SIGNING_KEY}/cryptoKeyVersions/1"
FIRST_VERSION = f"{KEY_ENCRYPTION_KEY}/cryptoKeyVersions/1"
STATES = types.CryptoKeyVersion.CryptoKeyVersionState
DATA_KEY = b"a data key of a person, 32 bytes"


def connect(kms: KmsStandIn) -> KeyManagementServiceClient:
    channel = grpc.insecure_channel(kms.environment()["KMS_EMULATOR_HOST"])
    return KeyManagementServiceClient(transport=KeyManagementServiceGrpcTransport(channel=channel))


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[KmsStandIn, KeyManagementServiceClient]]:
    standin = KmsStandIn().start()
    with connect(standin) as client:
        yield standin, client
    standin.stop()


@pytest.fixture
def kms(running: tuple[KmsStandIn, KeyManagementServiceClient]) -> KmsStandIn:
    running[0].reset()
    return running[0]


@pytest.fixture
def client(
    kms: KmsStandIn, running: tuple[KmsStandIn, KeyManagementServiceClient]
) -> KeyManagementServiceClient:
    return running[1]


def encrypt(client: KeyManagementServiceClient, **changed: Any) -> types.EncryptResponse:
    request = {
        "name": KEY_ENCRYPTION_KEY,
        "plaintext": DATA_KEY,
        "plaintext_crc32c": google_crc32c.value(DATA_KEY),
        "additional_authenticated_data": b"uid",
        "additional_authenticated_data_crc32c": google_crc32c.value(b"uid"),
    }
    return client.encrypt(request=request | changed, retry=None, timeout=SOON_SECONDS)


def decrypt(client: KeyManagementServiceClient, **fields: Any) -> types.DecryptResponse:
    request = {"name": KEY_ENCRYPTION_KEY, "additional_authenticated_data": b"uid"} | fields
    return client.decrypt(request=request, retry=None, timeout=SOON_SECONDS)


def sign(client: KeyManagementServiceClient, **fields: Any) -> types.AsymmetricSignResponse:
    return client.asymmetric_sign(
        request={"name": SIGNING_VERSION} | fields, retry=None, timeout=SOON_SECONDS
    )


def test_what_was_encrypted_is_decrypted_with_checksums_both_ways(
    client: KeyManagementServiceClient,
) -> None:
    sealed = encrypt(client)
    opened = decrypt(
        client,
        ciphertext=sealed.ciphertext,
        ciphertext_crc32c=google_crc32c.value(sealed.ciphertext),
    )

    assert DATA_KEY not in sealed.ciphertext
    assert sealed.name == FIRST_VERSION
    assert sealed.ciphertext_crc32c == google_crc32c.value(sealed.ciphertext)
    assert sealed.verified_plaintext_crc32c
    assert sealed.verified_additional_authenticated_data_crc32c
    assert opened.plaintext == DATA_KEY
    assert opened.plaintext_crc32c == google_crc32c.value(DATA_KEY)
    assert opened.used_primary


def test_without_a_checksum_nothing_is_verified(client: KeyManagementServiceClient) -> None:
    sealed = encrypt(client, plaintext_crc32c=None, additional_authenticated_data_crc32c=None)

    assert not sealed.verified_plaintext_crc32c
    assert not sealed.verified_additional_authenticated_data_crc32c


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"plaintext_crc32c": 1}, id="wrong checksum of the plaintext"),
        pytest.param({"additional_authenticated_data_crc32c": 1}, id="wrong checksum of the AAD"),
        pytest.param(
            {"plaintext": bytes(65_537), "plaintext_crc32c": None}, id="plaintext over 64 KiB"
        ),
        pytest.param({"name": SIGNING_VERSION}, id="a key that signs"),
    ],
)
def test_a_wrong_request_is_an_invalid_argument(
    client: KeyManagementServiceClient, changed: dict[str, Any]
) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        encrypt(client, **changed)


def test_a_plaintext_of_64_kib_is_taken(client: KeyManagementServiceClient) -> None:
    sealed = encrypt(client, plaintext=bytes(65_536), plaintext_crc32c=None)

    assert decrypt(client, ciphertext=sealed.ciphertext).plaintext == bytes(65_536)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"additional_authenticated_data": b"uie"}, id="other associated data"),
        pytest.param({"ciphertext": b""}, id="empty ciphertext"),
        pytest.param({"ciphertext": bytes(60)}, id="a version there is not"),
        pytest.param({"ciphertext_crc32c": 1}, id="wrong checksum"),
    ],
)
def test_what_is_not_its_ciphertext_does_not_open(
    client: KeyManagementServiceClient, changed: dict[str, Any]
) -> None:
    fields = {"ciphertext": encrypt(client).ciphertext} | changed

    with pytest.raises(exceptions.InvalidArgument):
        decrypt(client, **fields)


def test_no_flipped_byte_opens(client: KeyManagementServiceClient) -> None:
    sealed = encrypt(client).ciphertext
    for place in range(len(sealed)):
        damaged = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(exceptions.InvalidArgument):
            decrypt(client, ciphertext=damaged)


def test_a_signature_verifies_under_the_published_key(client: KeyManagementServiceClient) -> None:
    key = client.get_public_key(name=SIGNING_VERSION)
    signed = sign(client, data=b"tree head", data_crc32c=google_crc32c.value(b"tree head"))
    public = load_pem_public_key(key.pem.encode())

    assert isinstance(public, Ed25519PublicKey)
    assert key.pem_crc32c == google_crc32c.value(key.pem.encode())
    public.verify(signed.signature, b"tree head")
    assert (signed.name, signed.verified_data_crc32c) == (SIGNING_VERSION, True)
    assert signed.signature_crc32c == google_crc32c.value(signed.signature)
    with pytest.raises(InvalidSignature):
        public.verify(signed.signature, b"tree hear")


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"digest": {"sha256": bytes(32)}}, id="a digest instead of data"),
        pytest.param({"data": b"x", "data_crc32c": 1}, id="wrong checksum"),
        pytest.param({"data": b"x", "name": FIRST_VERSION}, id="a key that encrypts"),
        pytest.param({"data": bytes(65_537)}, id="data over 64 KiB"),
    ],
)
def test_what_cannot_be_signed_is_an_invalid_argument(
    client: KeyManagementServiceClient, fields: dict[str, Any]
) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        sign(client, **fields)


def test_after_a_rotation_the_old_version_still_decrypts_until_it_is_disabled(
    client: KeyManagementServiceClient,
) -> None:
    old = encrypt(client).ciphertext
    second = client.create_crypto_key_version(parent=KEY_ENCRYPTION_KEY)
    assert encrypt(client).name == FIRST_VERSION  # a new version is not yet the primary one

    client.update_crypto_key_primary_version(name=KEY_ENCRYPTION_KEY, crypto_key_version_id="2")
    assert encrypt(client).name == second.name
    opened = decrypt(client, ciphertext=old)
    assert (opened.plaintext, opened.used_primary) == (DATA_KEY, False)

    set_state(client, STATES.DISABLED)
    with pytest.raises(exceptions.FailedPrecondition):
        decrypt(client, ciphertext=old)

    set_state(client, STATES.ENABLED)
    assert decrypt(client, ciphertext=old).plaintext == DATA_KEY


def set_state(client: KeyManagementServiceClient, state: int) -> None:
    version = types.CryptoKeyVersion(name=FIRST_VERSION, state=state)
    client.update_crypto_key_version(
        crypto_key_version=version, update_mask=FieldMask(paths=["state"])
    )


def test_a_destroyed_version_is_of_no_use_and_cannot_be_enabled(
    client: KeyManagementServiceClient,
) -> None:
    sealed = encrypt(client).ciphertext
    destroyed = client.destroy_crypto_key_version(name=FIRST_VERSION)

    assert destroyed.state == STATES.DESTROY_SCHEDULED
    with pytest.raises(exceptions.FailedPrecondition):
        decrypt(client, ciphertext=sealed)
    with pytest.raises(exceptions.FailedPrecondition):
        encrypt(client)
    with pytest.raises(exceptions.FailedPrecondition):
        set_state(client, STATES.ENABLED)


def test_rings_and_keys_are_made_found_and_listed(client: KeyManagementServiceClient) -> None:
    purpose = types.CryptoKey.CryptoKeyPurpose.ENCRYPT_DECRYPT
    ring = client.create_key_ring(parent=LOCATION, key_ring_id="spare")
    key = client.create_crypto_key(
        parent=ring.name, crypto_key_id="k", crypto_key=types.CryptoKey(purpose=purpose)
    )

    assert key.primary.name == f"{key.name}/cryptoKeyVersions/1"
    assert client.get_crypto_key(name=key.name) == key
    assert client.get_key_ring(name=ring.name) == ring
    assert [r.name for r in client.list_key_rings(parent=LOCATION)] == [KEY_RING, ring.name]
    assert [k.name for k in client.list_crypto_keys(parent=ring.name)] == [key.name]
    versions = client.list_crypto_key_versions(parent=key.name)
    assert [client.get_crypto_key_version(name=v.name) for v in versions] == [key.primary]
    with pytest.raises(exceptions.AlreadyExists):
        client.create_key_ring(parent=LOCATION, key_ring_id="spare")
    with pytest.raises(exceptions.NotFound):
        client.get_crypto_key(name=f"{ring.name}/cryptoKeys/other")
    with pytest.raises(exceptions.NotFound):
        client.get_key_ring(name=f"{LOCATION}/keyRings/other")


def test_the_same_key_file_opens_what_an_earlier_process_sealed(tmp_path: Path) -> None:
    ours, others = tmp_path / "ours.json", tmp_path / "others.json"

    with restarted(ours) as client:
        sealed = encrypt(client).ciphertext
    with restarted(ours) as client:
        assert decrypt(client, ciphertext=sealed).plaintext == DATA_KEY
    with restarted(others) as client, pytest.raises(exceptions.InvalidArgument):
        decrypt(client, ciphertext=sealed)
    assert "no secret" in ours.read_text()


@contextmanager
def restarted(keys: Path) -> Iterator[KeyManagementServiceClient]:
    """A client of a KMS that was just started with this file of keys."""
    kms = KmsStandIn(seed=development_seed(keys)).start()
    with connect(kms) as client:
        yield client
    kms.stop()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"seed": "AAAA"}', '{"seed": "?"}'])
def test_a_file_that_holds_no_seed_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text)

    with pytest.raises(ValueError, match="no file of development keys"):
        development_seed(tmp_path / "keys.json")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("UNAVAILABLE", exceptions.ServiceUnavailable),
        ("DEADLINE_EXCEEDED", exceptions.DeadlineExceeded),
        ("INTERNAL", exceptions.InternalServerError),
        ("RESOURCE_EXHAUSTED", exceptions.ResourceExhausted),
        ("PERMISSION_DENIED", exceptions.PermissionDenied),
    ],
)
def test_an_injected_status_reaches_the_client_once(
    kms: KmsStandIn, client: KeyManagementServiceClient, code: str, error: type[Exception]
) -> None:
    kms.inject({"code": code, "method": "Encrypt"})

    client.get_crypto_key(name=KEY_ENCRYPTION_KEY)  # another method is not concerned
    with pytest.raises(error):
        encrypt(client)
    encrypt(client)


def test_a_fault_for_ever_lasts_until_the_reset(
    kms: KmsStandIn, client: KeyManagementServiceClient
) -> None:
    kms.inject({"code": "UNAVAILABLE", "times": -1})
    for _ in range(3):
        with pytest.raises(exceptions.ServiceUnavailable):
            encrypt(client)

    assert kms.status()["faults"] == [{"code": "UNAVAILABLE", "times": -1}]
    kms.reset()
    encrypt(client)


def test_a_lost_answer_has_taken_effect(
    kms: KmsStandIn, client: KeyManagementServiceClient
) -> None:
    kms.inject({"code": "UNAVAILABLE", "after": True, "method": "CreateCryptoKeyVersion"})
    with pytest.raises(exceptions.ServiceUnavailable):
        client.create_crypto_key_version(parent=KEY_ENCRYPTION_KEY)

    assert len(list(client.list_crypto_key_versions(parent=KEY_ENCRYPTION_KEY))) == 2


def test_a_delay_outlasts_a_shorter_deadline(
    kms: KmsStandIn, client: KeyManagementServiceClient
) -> None:
    kms.inject({"delay_seconds": 0.3})

    with pytest.raises(exceptions.DeadlineExceeded):
        client.get_crypto_key(name=KEY_ENCRYPTION_KEY, retry=None, timeout=0.1)


@pytest.mark.parametrize(
    ("corrupt", "visible"),
    [
        ("flip", lambda r: google_crc32c.value(r.ciphertext) != r.ciphertext_crc32c),
        ("crc", lambda r: google_crc32c.value(r.ciphertext) != r.ciphertext_crc32c),
        ("unverified", lambda r: not r.verified_plaintext_crc32c),
        ("wrongname", lambda r: not r.name.startswith(KEY_ENCRYPTION_KEY)),
    ],
)
def test_a_corruption_can_be_noticed_by_the_client(
    kms: KmsStandIn,
    client: KeyManagementServiceClient,
    corrupt: str,
    visible: Callable[[types.EncryptResponse], bool],
) -> None:
    kms.inject({"corrupt": corrupt})

    client.get_crypto_key(name=KEY_ENCRYPTION_KEY)  # nothing in it to corrupt
    assert visible(encrypt(client))
    assert not visible(encrypt(client))


@pytest.mark.parametrize("plaintext", [DATA_KEY, b""])
def test_a_flipped_plaintext_does_not_match_its_checksum(
    kms: KmsStandIn, client: KeyManagementServiceClient, plaintext: bytes
) -> None:
    sealed = encrypt(client, plaintext=plaintext, plaintext_crc32c=None)
    kms.inject({"corrupt": "flip", "method": "Decrypt"})
    opened = decrypt(client, ciphertext=sealed.ciphertext)

    assert google_crc32c.value(opened.plaintext) != opened.plaintext_crc32c


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"colour": "red", "code": "UNAVAILABLE"}, "colour"),
        ({"code": "OK"}, "code.*UNAVAILABLE"),
        ({"method": "Wrap", "code": "UNAVAILABLE"}, "method.*Encrypt"),
        ({"corrupt": "shuffle"}, "corrupt.*flip"),
        ({"corrupt": "wrongname", "method": "Decrypt"}, "AsymmetricSign, Encrypt"),
        ({"code": "UNAVAILABLE", "times": 0}, "times"),
        ({"delay_seconds": -1}, "delay_seconds"),
        ({}, "needs code"),
    ],
)
def test_an_unknown_fault_is_refused_by_name(
    kms: KmsStandIn, fault: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        kms.inject(fault)

    assert kms.status()["faults"] == []


def test_calls_are_recorded_without_what_they_protect(
    kms: KmsStandIn, client: KeyManagementServiceClient
) -> None:
    encrypt(client)

    assert [(c["method"], c["resource"]) for c in kms.calls()] == [("Encrypt", KEY_ENCRYPTION_KEY)]
    assert kms.status()["calls"] == {"Encrypt": 1}
    assert DATA_KEY.decode() not in str(kms.calls())


def test_a_taken_port_is_an_error(kms: KmsStandIn) -> None:
    port = int(kms.environment()["KMS_EMULATOR_HOST"].rpartition(":")[2])

    with pytest.raises(RuntimeError, match="Failed to bind"):
        KmsStandIn(port=port)
