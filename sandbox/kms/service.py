"""The operations of google.cloud.kms.v1.KeyManagementService that the backend uses."""

import os
import struct
from typing import Any

import google_crc32c
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.cloud.kms_v1 import types
from google.cloud.kms_v1.types.resources import ProtectionLevel

from sandbox.kms.keys import (
    ALGORITHMS,
    ASYMMETRIC_SIGN,
    DESTROY_SCHEDULED,
    DISABLED,
    ENABLED,
    ENCRYPT_DECRYPT,
    KeyStore,
    invalid,
    unmet,
)

MAX_INPUT_BYTES = 64 << 10
"""Of a plaintext, of associated data and of data to sign, for keys of level SOFTWARE."""

IV_BYTES = 12
HEADER = struct.Struct(f">I{IV_BYTES}s")
"""What precedes a ciphertext: the number of the version, and the IV."""


class KmsService:
    """One method for each method of the service. They raise `KmsError`."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store

    def encrypt(self, request: types.EncryptRequest) -> types.EncryptResponse:
        """Encrypt under the primary version of a key, or under the version named."""
        plaintext, associated = request.plaintext, request.additional_authenticated_data
        _limit(plaintext=plaintext, additional_authenticated_data=associated)
        plaintext_verified = _verify(request, "plaintext")
        associated_verified = _verify(request, "additional_authenticated_data")
        name = request.name
        if "/cryptoKeyVersions/" not in name:
            key = self._store.key(name)
            if key.primary is None:
                raise unmet(f"{name} has no primary version.")
            name = key.primary
        version = self._store.usable(name, ENCRYPT_DECRYPT)
        iv = os.urandom(IV_BYTES)
        header = HEADER.pack(int(name.rpartition("/")[2]), iv)
        ciphertext = header + version.aead.encrypt(iv, plaintext, associated)
        return types.EncryptResponse(
            name=name,
            ciphertext=ciphertext,
            ciphertext_crc32c=google_crc32c.value(ciphertext),
            verified_plaintext_crc32c=plaintext_verified,
            verified_additional_authenticated_data_crc32c=associated_verified,
            protection_level=ProtectionLevel.SOFTWARE,
        )

    def decrypt(self, request: types.DecryptRequest) -> types.DecryptResponse:
        """Decrypt under whichever version of the key the ciphertext names."""
        _limit(additional_authenticated_data=request.additional_authenticated_data)
        _verify(request, "ciphertext")
        _verify(request, "additional_authenticated_data")
        key = self._store.key(request.name)
        undecryptable = invalid("Decryption failed: the ciphertext is invalid.")
        if len(request.ciphertext) < HEADER.size:
            raise undecryptable
        number, iv = HEADER.unpack_from(request.ciphertext)
        name = f"{key.name}/cryptoKeyVersions/{number}"
        if name not in key.versions:
            raise undecryptable
        aead = self._store.usable(name, ENCRYPT_DECRYPT).aead
        try:
            plaintext = aead.decrypt(
                iv, request.ciphertext[HEADER.size :], request.additional_authenticated_data
            )
        except InvalidTag:
            raise undecryptable from None
        return types.DecryptResponse(
            plaintext=plaintext,
            plaintext_crc32c=google_crc32c.value(plaintext),
            used_primary=name == key.primary,
            protection_level=ProtectionLevel.SOFTWARE,
        )

    def asymmetric_sign(self, request: types.AsymmetricSignRequest) -> types.AsymmetricSignResponse:
        """Sign data, as Ed25519 does; a digest is refused."""
        version = self._store.usable(request.name, ASYMMETRIC_SIGN)
        if "digest" in request:
            raise invalid("Ed25519 signs data, not a digest.")
        _limit(data=request.data)
        verified = _verify(request, "data")
        signature = version.signer.sign(request.data)
        return types.AsymmetricSignResponse(
            name=version.name,
            signature=signature,
            signature_crc32c=google_crc32c.value(signature),
            verified_data_crc32c=verified,
            protection_level=ProtectionLevel.SOFTWARE,
        )

    def get_public_key(self, request: types.GetPublicKeyRequest) -> types.PublicKey:
        """Return the public half of a version that signs."""
        version = self._store.usable(request.name, ASYMMETRIC_SIGN)
        pem = version.signer.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        return types.PublicKey(
            name=version.name,
            pem=pem.decode(),
            pem_crc32c=google_crc32c.value(pem),
            algorithm=ALGORITHMS[ASYMMETRIC_SIGN],
            protection_level=ProtectionLevel.SOFTWARE,
        )

    def create_key_ring(self, request: types.CreateKeyRingRequest) -> types.KeyRing:
        """Create a key ring."""
        return self._store.create_ring(request.parent, request.key_ring_id)

    def create_crypto_key(self, request: types.CreateCryptoKeyRequest) -> types.CryptoKey:
        """Create a key with, unless told otherwise, its first version."""
        purpose = request.crypto_key.purpose
        algorithm = request.crypto_key.version_template.algorithm
        if purpose == ASYMMETRIC_SIGN and not algorithm:
            raise invalid("version_template.algorithm is required for this purpose.")
        if algorithm and algorithm != ALGORITHMS.get(purpose):
            raise invalid(f"The stand-in has no {algorithm!r} for {purpose!r}.")
        key = self._store.create_key(request.parent, request.crypto_key_id, purpose)
        if not request.skip_initial_version_creation:
            version = self._store.create_version(key)
            if purpose == ENCRYPT_DECRYPT:
                key.primary = version.name
        return key.message()

    def create_crypto_key_version(
        self, request: types.CreateCryptoKeyVersionRequest
    ) -> types.CryptoKeyVersion:
        """Create the next version of a key. It does not become primary."""
        return self._store.create_version(self._store.key(request.parent)).message()

    def get_key_ring(self, request: types.GetKeyRingRequest) -> types.KeyRing:
        """Return a key ring."""
        return self._store.ring(request.name)

    def get_crypto_key(self, request: types.GetCryptoKeyRequest) -> types.CryptoKey:
        """Return a key."""
        return self._store.key(request.name).message()

    def get_crypto_key_version(
        self, request: types.GetCryptoKeyVersionRequest
    ) -> types.CryptoKeyVersion:
        """Return a version of a key."""
        return self._store.version(request.name).message()

    def list_key_rings(self, request: types.ListKeyRingsRequest) -> types.ListKeyRingsResponse:
        """Return all rings of a location on one page."""
        rings = [
            ring
            for name, ring in self._store.rings.items()
            if name.startswith(f"{request.parent}/keyRings/")
        ]
        return types.ListKeyRingsResponse(key_rings=rings, total_size=len(rings))

    def list_crypto_keys(
        self, request: types.ListCryptoKeysRequest
    ) -> types.ListCryptoKeysResponse:
        """Return all keys of a ring on one page."""
        keys = [
            key.message()
            for name, key in self._store.keys.items()
            if name.startswith(f"{request.parent}/cryptoKeys/")
        ]
        return types.ListCryptoKeysResponse(crypto_keys=keys, total_size=len(keys))

    def list_crypto_key_versions(
        self, request: types.ListCryptoKeyVersionsRequest
    ) -> types.ListCryptoKeyVersionsResponse:
        """Return all versions of a key on one page."""
        versions = [v.message() for v in self._store.key(request.parent).versions.values()]
        return types.ListCryptoKeyVersionsResponse(
            crypto_key_versions=versions, total_size=len(versions)
        )

    def update_crypto_key_primary_version(
        self, request: types.UpdateCryptoKeyPrimaryVersionRequest
    ) -> types.CryptoKey:
        """Encrypt under this version from now on."""
        key = self._store.key(request.name)
        name = f"{key.name}/cryptoKeyVersions/{request.crypto_key_version_id}"
        key.primary = self._store.usable(name, ENCRYPT_DECRYPT).name
        return key.message()

    def update_crypto_key_version(
        self, request: types.UpdateCryptoKeyVersionRequest
    ) -> types.CryptoKeyVersion:
        """Enable or disable a version."""
        if list(request.update_mask.paths) != ["state"]:
            raise invalid("update_mask must be: state.")
        version = self._store.version(request.crypto_key_version.name)
        wanted = request.crypto_key_version.state
        if wanted not in {ENABLED, DISABLED} or version.state == DESTROY_SCHEDULED:
            raise unmet(f"{version.name} cannot go from {version.state.name} to {wanted.name}.")
        version.state = wanted
        return version.message()

    def destroy_crypto_key_version(
        self, request: types.DestroyCryptoKeyVersionRequest
    ) -> types.CryptoKeyVersion:
        """Schedule a version for destruction: it is of no use from now on."""
        version = self._store.version(request.name)
        if version.state == DESTROY_SCHEDULED:
            raise unmet(f"{version.name} is scheduled for destruction already.")
        version.state = DESTROY_SCHEDULED
        return version.message()


def _limit(**inputs: bytes) -> None:
    for name, value in inputs.items():
        if len(value) > MAX_INPUT_BYTES:
            raise invalid(f"{name} has more than {MAX_INPUT_BYTES} bytes.")


def _verify(request: Any, name: str) -> bool:
    """Return whether the request came with a checksum of its field `name`.

    Raises:
        KmsError: with a wrong one.
    """
    checksum = f"{name}_crc32c"
    if checksum not in request:
        return False
    if getattr(request, checksum) != google_crc32c.value(getattr(request, name)):
        raise invalid(f"The checksum in field {checksum} did not match the data in field {name}.")
    return True
