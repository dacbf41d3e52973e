"""Wraps and unwraps data keys, and signs. The only importer of the client of Cloud KMS.

The first call that needs a key loads the client, since lists and most warm calls need none.
"""

from __future__ import annotations

import os
import random
import time
from functools import cache
from typing import TYPE_CHECKING

import google_crc32c
import grpc
from google.api_core import exceptions as api

from app.kit import environment
from app.kit.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.cloud.kms_v1 import KeyManagementServiceClient
    from google.cloud.kms_v1.types import (
        AsymmetricSignResponse,
        CryptoKey,
        DecryptResponse,
        EncryptResponse,
        PublicKey,
    )

TRY_SECONDS = 0.6
LEAST_SECONDS = 0.3
"""What is left for a try even where the time is up."""
PAUSE_SECONDS = 0.05

_TRANSIENT = (
    api.ServiceUnavailable,
    api.DeadlineExceeded,
    api.InternalServerError,
    api.ResourceExhausted,
)


class KeyLostError(Exception):
    """The key cannot do this: it is not enabled or not there, or what it is to open was changed."""


class _CorruptError(Exception):
    """A checksum does not match: the network damaged the request or the answer."""


def wrap(key: bytes, context: bytes, *, until: float) -> tuple[bytes, str]:
    """Return `key` encrypted for `context`, and the name of the key version that did it.

    Raises:
        UnavailableError: KMS did not answer correctly `until` that moment of `time.monotonic`.
    """

    def call(timeout: float) -> EncryptResponse:
        answer = _client().encrypt(
            request={
                "name": _key_name(),
                "plaintext": key,
                "plaintext_crc32c": _crc(key),
                "additional_authenticated_data": context,
                "additional_authenticated_data_crc32c": _crc(context),
            },
            retry=None,
            timeout=timeout,
        )
        intact = (
            answer.verified_plaintext_crc32c
            and answer.verified_additional_authenticated_data_crc32c
            and answer.ciphertext_crc32c == _crc(answer.ciphertext)
            and answer.name.startswith(f"{_key_name()}/")
        )
        if not intact:
            raise _CorruptError
        return answer

    answer = _in_time(call, until)
    return answer.ciphertext, answer.name


def unwrap(wrapped: bytes, context: bytes, *, until: float) -> bytes:
    """Return the key that `wrap` was given for `context`.

    Raises:
        KeyLostError: it cannot be opened, now or later.
        UnavailableError: KMS did not answer correctly `until` that moment of `time.monotonic`.
    """

    def call(timeout: float) -> DecryptResponse:
        answer = _client().decrypt(
            request={
                "name": _key_name(),
                "ciphertext": wrapped,
                "ciphertext_crc32c": _crc(wrapped),
                "additional_authenticated_data": context,
                "additional_authenticated_data_crc32c": _crc(context),
            },
            retry=None,
            timeout=timeout,
        )
        if answer.plaintext_crc32c != _crc(answer.plaintext):
            raise _CorruptError
        return answer

    return _in_time(call, until).plaintext


def sign(version: str, data: bytes, *, until: float) -> bytes:
    """Return the Ed25519 signature (RFC 8032) of `data`, at most 64 KiB.

    Args:
        version: the resource name of the version of the key that signs.
        data: what is signed, as it is.
        until: the moment of `time.monotonic` to give up at.

    Raises:
        KeyLostError: the version does not sign.
        UnavailableError: KMS did not answer correctly in time.
    """

    def call(timeout: float) -> AsymmetricSignResponse:
        answer = _client().asymmetric_sign(
            request={"name": version, "data": data, "data_crc32c": _crc(data)},
            retry=None,
            timeout=timeout,
        )
        intact = (
            answer.verified_data_crc32c
            and answer.signature_crc32c == _crc(answer.signature)
            and answer.name == version
        )
        if not intact:
            raise _CorruptError
        return answer

    return _in_time(call, until).signature


def public_key(version: str, *, until: float) -> bytes:
    """Return the public half of a version that signs, in PEM.

    Raises:
        KeyLostError: there is none.
        UnavailableError: KMS did not answer correctly `until` that moment of `time.monotonic`.
    """

    def call(timeout: float) -> PublicKey:
        answer = _client().get_public_key(request={"name": version}, retry=None, timeout=timeout)
        if answer.pem_crc32c != _crc(answer.pem.encode()) or answer.name != version:
            raise _CorruptError
        return answer

    return _in_time(call, until).pem.encode()


def primary(*, until: float) -> str:
    """Return the name of the version that `wrap` uses now.

    Raises:
        UnavailableError: KMS did not answer `until` that moment of `time.monotonic`.
    """

    def call(timeout: float) -> CryptoKey:
        return _client().get_crypto_key(request={"name": _key_name()}, retry=None, timeout=timeout)

    return _in_time(call, until).primary.name


def _in_time[T](call: Callable[[float], T], until: float) -> T:
    """Return `call(timeout)`, repeated while it fails for now and there is time.

    The client's own `timeout` bounds one try only, so its retries stay off.
    """
    _client()  # loading it takes time of its own
    end = max(until, time.monotonic() + LEAST_SECONDS)
    cause: Exception | None = None
    while (left := end - time.monotonic()) > PAUSE_SECONDS:
        try:
            return call(min(TRY_SECONDS, left))
        except (*_TRANSIENT, _CorruptError) as error:
            cause = error
        except (api.InvalidArgument, api.FailedPrecondition, api.NotFound) as error:
            raise KeyLostError from error
        pause = random.uniform(PAUSE_SECONDS, 3 * PAUSE_SECONDS)  # noqa: S311  # spreads callers
        time.sleep(min(pause, max(0.0, end - time.monotonic())))
    raise UnavailableError("Protected records cannot be opened right now. Try again.") from cause


def _crc(data: bytes) -> int:
    return int(google_crc32c.value(data))


def _key_name() -> str:
    return os.environ["KMS_KEY"]


@cache
def _client() -> KeyManagementServiceClient:
    from google.cloud import kms_v1  # noqa: PLC0415  # 0.1 s of a cold start
    from google.cloud.kms_v1.services.key_management_service import transports  # noqa: PLC0415

    if address := environment.stand_in("KMS_EMULATOR_HOST"):
        transport = transports.KeyManagementServiceGrpcTransport(
            channel=grpc.insecure_channel(address)
        )
        return kms_v1.KeyManagementServiceClient(transport=transport)
    return kms_v1.KeyManagementServiceClient()
