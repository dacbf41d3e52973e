"""Sealing and opening of sensitive values, the interface of this domain to all others.

A sealed value is bound to its person, document, field and key version (associated data, each part
length-prefixed): moved anywhere else it does not open. This is field encryption on the server,
which must read to serve; it is not end-to-end encryption.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from app.kit import cipher, ids
from app.kit.cipher import TamperedError
from app.platform.records import policy
from app.platform.records.keyring import Keyring
from app.platform.records.models import Owner, Purpose, Reader, Record, System

__all__ = [
    "Owner",
    "Purpose",
    "Reader",
    "Record",
    "System",
    "TamperedError",
    "keyring",
    "mac",
    "mac_matches",
    "open_fields",
    "seal",
]

FORMAT = 1
"""First byte of a sealed value; two bytes of key version, nonce, ciphertext and tag follow."""
HEADER_BYTES = 3

keyring = Keyring()


def seal(record: Record, values: Mapping[str, Any]) -> dict[str, bytes]:
    """Return each of `values` (JSON) encrypted under the current key of the record's person.

    Raises:
        UnavailableError: the person's key cannot be had now; nothing may be stored.
    """
    keys = keyring.keys(record.uid, create=True)
    key = keys.by_version[keys.current]
    header = _header(keys.current)
    return {
        field: header + cipher.encrypt(key, _encode(value), _place(record, field, keys.current))
        for field, value in values.items()
    }


def open_fields(record: Record, sealed: Mapping[str, bytes], *, reader: Reader) -> dict[str, Any]:
    """Return what was sealed in each field of `record`, exactly as it was.

    Raises:
        NotFoundError: the reader may not open it, or its key was erased.
        TamperedError: a value was changed, or comes from another field, document or person.
        UnavailableError: the person's key cannot be had now.
    """
    policy.require_access(record, reader)
    keys = keyring.keys(record.uid, create=False)
    opened = {}
    for field, value in sealed.items():
        version = _version(value)
        if version not in keys.by_version:
            raise TamperedError
        place = _place(record, field, version)
        plain = cipher.decrypt(keys.by_version[version], value[HEADER_BYTES:], place)
        opened[field] = json.loads(plain)
    return opened


def mac(uid: str, purpose: str, data: bytes) -> bytes:
    """Return a keyed fingerprint of `data` that tells nothing without the person's key."""
    keys = keyring.keys(uid, create=True)
    return _header(keys.current) + cipher.mac(keys.by_version[keys.current], purpose, data)


def mac_matches(uid: str, purpose: str, data: bytes, expected: bytes) -> bool:
    """Return whether `expected` is the `mac` of `data`, also under an earlier key version."""
    keys = keyring.keys(uid, create=True)
    key = keys.by_version.get(_version(expected))
    return key is not None and hmac.compare_digest(
        cipher.mac(key, purpose, data), expected[HEADER_BYTES:]
    )


def _encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _header(version: int) -> bytes:
    return bytes([FORMAT]) + version.to_bytes(2, "big")


def _version(value: bytes) -> int:
    if len(value) < HEADER_BYTES or value[0] != FORMAT:
        raise TamperedError
    return int.from_bytes(value[1:HEADER_BYTES], "big")


def _place(record: Record, field: str, version: int) -> bytes:
    return ids.length_prefixed("sealed/v1", record.uid, record.path, field, str(version))
