"""The KMS stand-in: the service over gRPC, its default keys, and its faults."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, Self

import grpc
from google.cloud.kms_v1 import types
from pydantic import Field, field_validator, model_validator

from sandbox.kms.keys import (
    ASYMMETRIC_SIGN,
    ENCRYPT_DECRYPT,
    SEED_BYTES,
    KeyStore,
    KmsError,
)
from sandbox.kms.service import KmsService
from sandbox.standin import Fault, Faults, Pauses

SERVICE = "google.cloud.kms.v1.KeyManagementService"
LOCATION = "projects/demo-evergrow/locations/us-central1"
KEY_RING = f"{LOCATION}/keyRings/evergrow"
KEY_ENCRYPTION_KEY = f"{KEY_RING}/cryptoKeys/people"
SIGNING_KEY = f"{KEY_RING}/cryptoKeys/ledger"
AUDIT_KEY = f"{KEY_RING}/cryptoKeys/audit"
WORKERS = 16

METHODS: dict[str, tuple[Any, Any, Callable[[KmsService, Any], Any]]] = {
    "Encrypt": (types.EncryptRequest, types.EncryptResponse, KmsService.encrypt),
    "Decrypt": (types.DecryptRequest, types.DecryptResponse, KmsService.decrypt),
    "AsymmetricSign": (
        types.AsymmetricSignRequest,
        types.AsymmetricSignResponse,
        KmsService.asymmetric_sign,
    ),
    "GetPublicKey": (types.GetPublicKeyRequest, types.PublicKey, KmsService.get_public_key),
    "CreateKeyRing": (types.CreateKeyRingRequest, types.KeyRing, KmsService.create_key_ring),
    "CreateCryptoKey": (
        types.CreateCryptoKeyRequest,
        types.CryptoKey,
        KmsService.create_crypto_key,
    ),
    "CreateCryptoKeyVersion": (
        types.CreateCryptoKeyVersionRequest,
        types.CryptoKeyVersion,
        KmsService.create_crypto_key_version,
    ),
    "GetKeyRing": (types.GetKeyRingRequest, types.KeyRing, KmsService.get_key_ring),
    "GetCryptoKey": (types.GetCryptoKeyRequest, types.CryptoKey, KmsService.get_crypto_key),
    "GetCryptoKeyVersion": (
        types.GetCryptoKeyVersionRequest,
        types.CryptoKeyVersion,
        KmsService.get_crypto_key_version,
    ),
    "ListKeyRings": (
        types.ListKeyRingsRequest,
        types.ListKeyRingsResponse,
        KmsService.list_key_rings,
    ),
    "ListCryptoKeys": (
        types.ListCryptoKeysRequest,
        types.ListCryptoKeysResponse,
        KmsService.list_crypto_keys,
    ),
    "ListCryptoKeyVersions": (
        types.ListCryptoKeyVersionsRequest,
        types.ListCryptoKeyVersionsResponse,
        KmsService.list_crypto_key_versions,
    ),
    "UpdateCryptoKeyPrimaryVersion": (
        types.UpdateCryptoKeyPrimaryVersionRequest,
        types.CryptoKey,
        KmsService.update_crypto_key_primary_version,
    ),
    "UpdateCryptoKeyVersion": (
        types.UpdateCryptoKeyVersionRequest,
        types.CryptoKeyVersion,
        KmsService.update_crypto_key_version,
    ),
    "DestroyCryptoKeyVersion": (
        types.DestroyCryptoKeyVersionRequest,
        types.CryptoKeyVersion,
        KmsService.destroy_crypto_key_version,
    ),
}
"""Of each method: the request's type, the response's type, the operation."""

OUTPUTS = {
    "Encrypt": "ciphertext",
    "Decrypt": "plaintext",
    "AsymmetricSign": "signature",
    "GetPublicKey": "pem",
}
"""The field of the response that a corrupting fault is about."""

LACKING = {"unverified": {"Decrypt", "GetPublicKey"}, "wrongname": {"Decrypt"}}
"""The methods whose response has nothing that this corruption could be about."""


class KmsFault(Fault):
    """What a call to KMS meets.

    Attributes:
        method: only this method, such as `Decrypt`; without it, every method.
        code: the name of a gRPC status to fail with.
        after: whether the call takes effect before it fails (a lost answer).
        delay_seconds: waits first.
        corrupt: `flip` changes a byte of the answer, `crc` its checksum, `unverified` says that
            the request's checksums did not arrive, `wrongname` names another key.
    """

    method: str | None = None
    code: str | None = None
    after: bool = False
    delay_seconds: float = Field(default=0, ge=0)
    corrupt: Literal["flip", "crc", "unverified", "wrongname"] | None = None

    @field_validator("method")
    @classmethod
    def _known_method(cls, method: str) -> str:
        if method not in METHODS:
            raise ValueError(f"is none of {', '.join(METHODS)}")
        return method

    @field_validator("code")
    @classmethod
    def _known_code(cls, code: str) -> str:
        failures = [status.name for status in grpc.StatusCode if status is not grpc.StatusCode.OK]
        if code not in failures:
            raise ValueError(f"is none of {', '.join(failures)}")
        return code

    @model_validator(mode="after")
    def _some_effect(self) -> Self:
        if not (self.code or self.delay_seconds or self.corrupt):
            raise ValueError("needs code, delay_seconds or corrupt")
        if self.method and self.corrupt and self.method not in self._corruptible():
            raise ValueError(f"corrupt {self.corrupt} is for {', '.join(self._corruptible())}")
        return self

    def _corruptible(self) -> list[str]:
        """Return the methods whose response has what `corrupt` is about."""
        return sorted(OUTPUTS.keys() - LACKING.get(self.corrupt or "", set()))

    def applies(self, method: str) -> bool:
        """Whether a call of `method` meets this fault."""
        if self.corrupt and method not in self._corruptible():
            return False
        return self.method in {None, method}


class KmsStandIn:
    """A Cloud KMS in memory: a key for people's data keys, and keys that sign ledger and audit log.

    Args:
        port: 0 takes a free one.
        seed: secret of all keys; random when left out.
    """

    def __init__(self, *, port: int = 0, seed: bytes | None = None) -> None:
        self._seed = seed or os.urandom(SEED_BYTES)
        self._lock = threading.Lock()
        self._pauses = Pauses()
        self._faults = Faults(KmsFault)
        self._calls: list[dict[str, Any]] = []
        self._server = grpc.server(
            ThreadPoolExecutor(WORKERS, "kms"),
            options=[("grpc.so_reuseport", 0)],  # else a taken port goes unnoticed
        )
        handlers = {name: self._handler(name) for name in METHODS}
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(SERVICE, handlers),)
        )
        self._port = self._server.add_insecure_port(f"127.0.0.1:{port}")
        self.reset()

    def start(self) -> Self:
        """Serve."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop at once; calls under way are cancelled."""
        self._pauses.end()
        self._server.stop(grace=None).wait()

    def environment(self) -> dict[str, str]:
        """Return where it listens and the names of the keys."""
        return {
            "KMS_EMULATOR_HOST": f"127.0.0.1:{self._port}",
            "KMS_KEY": KEY_ENCRYPTION_KEY,
            "AUDIT_SIGNING_KEY": f"{AUDIT_KEY}/cryptoKeyVersions/1",
            "LEDGER_KEYS": f"{SIGNING_KEY}/cryptoKeyVersions/1",
        }

    def log_keys(self) -> list[bytes]:
        """Return the public keys that sign the ledger, as its witnesses know them."""
        with self._lock:
            versions = self._store.keys[SIGNING_KEY].versions.values()
            return [version.signer.public_key().public_bytes_raw() for version in versions]

    def status(self) -> dict[str, Any]:
        """Return the number of calls by method, the keys' versions and the faults to come."""
        with self._lock:
            counts = {name: sum(call["method"] == name for call in self._calls) for name in METHODS}
            versions = {
                version.name: version.state.name
                for key in self._store.keys.values()
                for version in key.versions.values()
            }
        return {
            "calls": {name: count for name, count in counts.items() if count},
            "versions": versions,
            "faults": self._faults.waiting(),
        }

    def calls(self) -> list[dict[str, Any]]:
        """Return method and resource of each call. Never what was encrypted or decrypted."""
        with self._lock:
            return list(self._calls)

    def inject(self, fault: dict[str, Any]) -> None:
        """Queue a `KmsFault`."""
        self._faults.add(fault)

    def reset(self) -> None:
        """Forget faults and calls; the default keys are back with version 1 alone."""
        store = KeyStore(self._seed)
        store.create_ring(LOCATION, KEY_RING.rpartition("/")[2])
        people = store.create_key(KEY_RING, KEY_ENCRYPTION_KEY.rpartition("/")[2], ENCRYPT_DECRYPT)
        people.primary = store.create_version(people).name
        for name in (SIGNING_KEY, AUDIT_KEY):
            key = store.create_key(KEY_RING, name.rpartition("/")[2], ASYMMETRIC_SIGN)
            store.create_version(key)
        self._faults.clear()
        self._pauses.end()
        with self._lock:
            self._store = store
            self._service = KmsService(store)
            self._calls.clear()

    def _handler(self, method: str) -> "grpc.RpcMethodHandler[Any, Any]":
        request_type, response_type, operation = METHODS[method]

        def handle(request: Any, context: grpc.ServicerContext) -> Any:
            fault = self._faults.take(lambda candidate: candidate.applies(method))
            resource = getattr(request, "name", None) or getattr(request, "parent", None)
            with self._lock:
                self._calls.append({"method": method, "resource": resource, "at": time.time()})
            if fault:
                self._pauses.wait(fault.delay_seconds)
                if fault.code and not fault.after:
                    context.abort(grpc.StatusCode[fault.code], "An injected fault.")
            try:
                with self._lock:
                    response = operation(self._service, request)
            except KmsError as error:
                context.abort(error.code, str(error))
            if fault and fault.corrupt:
                _corrupt(response, OUTPUTS[method], fault.corrupt)
            if fault and fault.code:
                context.abort(grpc.StatusCode[fault.code], "An injected fault: the answer is lost.")
            return response

        return grpc.unary_unary_rpc_method_handler(
            handle,
            request_deserializer=request_type.deserialize,
            response_serializer=response_type.serialize,
        )


def _corrupt(response: Any, output: str, how: str) -> None:
    """Damage a response, of which `output` is the field that matters."""
    match how:
        case "flip":
            whole = getattr(response, output)
            damaged = bytearray(whole.encode() if isinstance(whole, str) else whole) or bytearray(1)
            damaged[0] ^= 1
            setattr(
                response, output, damaged.decode() if isinstance(whole, str) else bytes(damaged)
            )
        case "crc":
            checksum = f"{output}_crc32c"
            setattr(response, checksum, getattr(response, checksum) ^ 1)
        case "unverified":
            for name in type(response).meta.fields:
                if name.startswith("verified_"):
                    setattr(response, name, False)
        case "wrongname":
            response.name = f"{KEY_RING}/cryptoKeys/other/cryptoKeyVersions/1"
