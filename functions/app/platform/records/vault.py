"""Sealing and opening of sensitive values, the interface of this domain to all others.

A sealed value is bound to its person, document, field and key version (associated data, each part
length-prefixed): moved anywhere else it does not open. This is field encryption on the server,
which must read to serve; it is not end-to-end encryption.
"""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from app.kit import cipher, clock, ids
from app.kit.cipher import TamperedError
from app.kit.errors import NotFoundError
from app.platform.audit import store as audit
from app.platform.audit.models import Action, Outcome
from app.platform.records import policy, trail
from app.platform.records.keyring import Keyring
from app.platform.records.models import (
    Actor,
    Owner,
    Purpose,
    Recipient,
    Record,
    Staff,
    System,
)
from app.platform.records.register import TYPES

if TYPE_CHECKING:
    from app.kit.firestore import Write

__all__ = [
    "Actor",
    "Opening",
    "Owner",
    "Purpose",
    "Recipient",
    "Record",
    "Sealed",
    "Staff",
    "System",
    "TamperedError",
    "keyring",
    "mac",
    "mac_matches",
    "open_now",
    "opening",
    "seal",
]

FORMAT = 1
"""First byte of a sealed value; two bytes of key version, nonce, ciphertext and tag follow."""
HEADER_BYTES = 3

keyring = Keyring()


class Sealed(NamedTuple):
    """Sealed values by field, and the audit's writes for the commit that stores them."""

    fields: dict[str, bytes]
    trail: "tuple[Write, ...]"


@dataclass(frozen=True)
class Opening[T]:
    """Leave to open sealed values.

    Attributes:
        trail: the audit's writes, which belong in the commit of the operation.
        take: opens them; only after that commit, or where nothing leaves before it.
    """

    trail: "tuple[Write, ...]"
    take: Callable[[], T]

    def then[U](self, convert: Callable[[T], U]) -> "Opening[U]":
        """Return leave for what `convert` makes of the values."""
        return Opening(self.trail, lambda: convert(self.take()))

    def now(self) -> T:
        """Commit the audit's writes by themselves, then open the values."""
        audit.keep(*self.trail)
        return self.take()


def seal(record: Record, values: Mapping[str, Any], *, by: Actor) -> Sealed:
    """Return each of `values` (JSON) encrypted under the current key of the record's person.

    Raises:
        NotFoundError: `by` may not write them.
        UnavailableError: the person's key cannot be had now; nothing may be stored.
    """
    if not values:
        return Sealed({}, ())
    kind = TYPES[record.collection]
    policy.require_sealing(kind, record, values.keys(), by)
    keys = keyring.keys(record.uid, create=True)
    key = keys.by_version[keys.current]
    header = _header(keys.current)
    fields = {
        field: header + cipher.encrypt(key, _encode(value), _place(record, field, keys.current))
        for field, value in values.items()
    }
    return Sealed(fields, _trail(Action.WRITE, ((record, fields),), by, Outcome.ALLOWED))


def opening(
    *places: tuple[Record, Mapping[str, bytes]], by: Actor
) -> Opening[tuple[dict[str, Any], ...]]:
    """Return leave to open what was sealed in records of one person, exactly as it was.

    Decides before anything is opened; a refusal is audited at once. Taking it raises
    `TamperedError` where a value was changed or comes from another field, document or person.

    Raises:
        NotFoundError: `by` may not open all of it, or its key was erased.
        UnavailableError: the person's key cannot be had now.
    """
    places = tuple((record, sealed) for record, sealed in places if sealed)
    try:
        for record, sealed in places:
            kind = TYPES[record.collection]
            policy.require_opening(kind, record, sealed.keys(), by, clock.now())
    except NotFoundError:
        audit.keep(*_trail(Action.READ, places, by, Outcome.REFUSED))
        raise
    for record, _ in places[:1]:
        keyring.keys(record.uid, create=False)  # what cannot be opened is not told as opened
    trail = _trail(Action.READ, places, by, Outcome.ALLOWED)
    return Opening(trail, lambda: tuple(_opened(record, sealed) for record, sealed in places))


def open_now(record: Record, sealed: Mapping[str, bytes], *, by: Actor) -> dict[str, Any]:
    """Return what was sealed in each field of `record`; one commit, of the audit.

    Raises:
        NotFoundError: `by` may not open it, or its key was erased.
        TamperedError: a value was changed, or comes from another field, document or person.
        UnavailableError: the person's key cannot be had now.
    """
    if not sealed:
        return {}
    (opened,) = opening((record, sealed), by=by).now()
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


def _opened(record: Record, sealed: Mapping[str, bytes]) -> dict[str, Any]:
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


def _trail(
    action: Action,
    places: tuple[tuple[Record, Mapping[str, bytes]], ...],
    by: Actor,
    outcome: Outcome,
) -> "tuple[Write, ...]":
    """Return the write of the one audit entry on records of one person; none for unaudited ones."""
    fields = ((record, sealed.keys()) for record, sealed in places)
    entry = trail.entry(action, fields, by, outcome, clock.now())
    return () if entry is None else (audit.entry(entry),)
