"""The keys of the KMS stand-in: rings, keys, versions, and where their secrets come from."""

import base64
import binascii
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from google.cloud.kms_v1.types import CryptoKey, CryptoKeyVersion, CryptoKeyVersionTemplate, KeyRing
from google.cloud.kms_v1.types.resources import ProtectionLevel
from grpc import StatusCode

Purpose = CryptoKey.CryptoKeyPurpose
State = CryptoKeyVersion.CryptoKeyVersionState

# mypy takes the members of these enumerations for plain integers, hence the calls.
ENCRYPT_DECRYPT = Purpose(Purpose.ENCRYPT_DECRYPT)
ASYMMETRIC_SIGN = Purpose(Purpose.ASYMMETRIC_SIGN)
ENABLED = State(State.ENABLED)
DISABLED = State(State.DISABLED)
DESTROY_SCHEDULED = State(State.DESTROY_SCHEDULED)

ALGORITHMS = {
    ENCRYPT_DECRYPT: CryptoKeyVersion.CryptoKeyVersionAlgorithm.GOOGLE_SYMMETRIC_ENCRYPTION,
    ASYMMETRIC_SIGN: CryptoKeyVersion.CryptoKeyVersionAlgorithm.EC_SIGN_ED25519,
}
"""What there is for each purpose."""

SEED_BYTES = 32
NOTICE = "no secret: development only"


class KmsError(Exception):
    """A call that Cloud KMS refuses, with its gRPC status."""

    def __init__(self, code: StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def invalid(message: str) -> KmsError:
    """Return the refusal of a request that is wrong in any state."""
    return KmsError(StatusCode.INVALID_ARGUMENT, message)


def unmet(message: str) -> KmsError:
    """Return the refusal of a request that another state of the key would allow."""
    return KmsError(StatusCode.FAILED_PRECONDITION, message)


@dataclass
class Version:
    """One version of a key, with 32 secret bytes."""

    name: str
    purpose: Purpose
    secret: bytes
    state: State = ENABLED

    @property
    def aead(self) -> AESGCM:
        """The cipher of a version that encrypts."""
        return AESGCM(self.secret)

    @property
    def signer(self) -> Ed25519PrivateKey:
        """The private key of a version that signs."""
        return Ed25519PrivateKey.from_private_bytes(self.secret)

    def message(self) -> CryptoKeyVersion:
        """Return what the API shows of it."""
        return CryptoKeyVersion(
            name=self.name,
            state=self.state,
            algorithm=ALGORITHMS[self.purpose],
            protection_level=ProtectionLevel.SOFTWARE,
        )


@dataclass
class Key:
    """A key and its versions, by full name. Only keys that encrypt have a primary version."""

    name: str
    purpose: Purpose
    versions: dict[str, Version] = field(default_factory=dict)
    primary: str | None = None

    def message(self) -> CryptoKey:
        """Return what the API shows of it."""
        return CryptoKey(
            name=self.name,
            purpose=self.purpose,
            primary=self.versions[self.primary].message() if self.primary else None,
            version_template=CryptoKeyVersionTemplate(
                algorithm=ALGORITHMS[self.purpose], protection_level=ProtectionLevel.SOFTWARE
            ),
        )


class KeyStore:
    """All rings and keys. The secret of a version follows from the seed and the version's name.

    So what one process encrypted, a later one with the same seed can decrypt.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self.rings: dict[str, KeyRing] = {}
        self.keys: dict[str, Key] = {}

    def create_ring(self, parent: str, ring_id: str) -> KeyRing:
        """Add a ring.

        Raises:
            KmsError: its id is malformed or taken.
        """
        name = f"{parent}/keyRings/{_checked(ring_id)}"
        if name in self.rings:
            raise KmsError(StatusCode.ALREADY_EXISTS, f"KeyRing {name} already exists.")
        self.rings[name] = KeyRing(name=name)
        return self.rings[name]

    def create_key(self, ring: str, key_id: str, purpose: Purpose) -> Key:
        """Add a key without a version.

        Raises:
            KmsError: there is no such ring or purpose, or the id is malformed or taken.
        """
        self.ring(ring)
        if purpose not in ALGORITHMS:
            raise invalid(f"The stand-in has no keys for the purpose {purpose!r}.")
        name = f"{ring}/cryptoKeys/{_checked(key_id)}"
        if name in self.keys:
            raise KmsError(StatusCode.ALREADY_EXISTS, f"CryptoKey {name} already exists.")
        self.keys[name] = Key(name, purpose)
        return self.keys[name]

    def create_version(self, key: Key) -> Version:
        """Add the next version, enabled. It is not made primary."""
        name = f"{key.name}/cryptoKeyVersions/{len(key.versions) + 1}"
        derive = HKDF(SHA256(), length=32, salt=None, info=name.encode())
        key.versions[name] = Version(name, key.purpose, derive.derive(self._seed))
        return key.versions[name]

    def ring(self, name: str) -> KeyRing:
        """Return the ring of this name.

        Raises:
            KmsError: there is none.
        """
        if name not in self.rings:
            raise KmsError(StatusCode.NOT_FOUND, f"KeyRing {name} not found.")
        return self.rings[name]

    def key(self, name: str) -> Key:
        """Return the key of this name.

        Raises:
            KmsError: there is none.
        """
        if name not in self.keys:
            raise KmsError(StatusCode.NOT_FOUND, f"CryptoKey {name} not found.")
        return self.keys[name]

    def version(self, name: str) -> Version:
        """Return the version of this name, whatever its state.

        Raises:
            KmsError: there is none.
        """
        key = self.key(name.partition("/cryptoKeyVersions/")[0])
        if name not in key.versions:
            raise KmsError(StatusCode.NOT_FOUND, f"CryptoKeyVersion {name} not found.")
        return key.versions[name]

    def usable(self, name: str, purpose: Purpose) -> Version:
        """Return the enabled version of this name.

        Raises:
            KmsError: there is none, it is not enabled, or it is for another purpose.
        """
        version = self.version(name)
        if version.purpose != purpose:
            raise invalid(f"{name} has another purpose than this call.")
        if version.state != ENABLED:
            raise unmet(f"{name} is not enabled, current state is: {version.state.name}.")
        return version


def _checked(resource_id: str) -> str:
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,63}", resource_id):
        raise invalid("A resource id has 1 to 63 letters, digits, hyphens and underscores.")
    return resource_id


def development_seed(path: Path) -> bytes:
    """Return the seed in the file, which is made when it is missing.

    Raises:
        ValueError: the file is not one of these.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        seed = base64.b64encode(os.urandom(SEED_BYTES)).decode()
        path.write_text(json.dumps({"notice": NOTICE, "seed": seed}, indent=2) + "\n")
    try:
        seed_bytes = base64.b64decode(json.loads(path.read_bytes())["seed"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise ValueError(f"{path} is no file of development keys: {error!r}") from error
    if len(seed_bytes) != SEED_BYTES:
        raise ValueError(f"{path} is no file of development keys: a seed has {SEED_BYTES} bytes")
    return seed_bytes
