"""The form of sealed values: bound to person, document, field and key version.

A byte for the form and two for the key version precede nonce, ciphertext and tag. The binding is
associated data, each part length-prefixed: moved anywhere else, a value does not open.
"""

import json
from collections.abc import Mapping
from typing import Any

from app.kit import cipher, ids
from app.kit.cipher import TamperedError
from app.platform.records.models import Record

FORMAT = 1
HEADER_BYTES = 3


def sealed(record: Record, field: str, value: Any, version: int, key: bytes) -> bytes:
    """Return a JSON value encrypted for its place under a version of the person's key."""
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return header(version) + cipher.encrypt(key, plain, _place(record, field, version))


def opened(record: Record, field: str, value: bytes, keys: Mapping[int, bytes]) -> Any:
    """Return what `sealed` was given.

    Raises:
        TamperedError: it was changed, comes from another place, or none of `keys` is its own.
    """
    version = version_of(value)
    if version not in keys:
        raise TamperedError
    place = _place(record, field, version)
    return json.loads(cipher.decrypt(keys[version], value[HEADER_BYTES:], place))


def header(version: int) -> bytes:
    """Return what says the form and the key version of a value."""
    return bytes([FORMAT]) + version.to_bytes(2, "big")


def version_of(value: bytes) -> int:
    """Return the key version that a value names.

    Raises:
        TamperedError: it is no sealed value.
    """
    if len(value) < HEADER_BYTES or value[0] != FORMAT:
        raise TamperedError
    return int.from_bytes(value[1:HEADER_BYTES], "big")


def _place(record: Record, field: str, version: int) -> bytes:
    return ids.length_prefixed("sealed/v1", record.uid, record.path, field, str(version))
