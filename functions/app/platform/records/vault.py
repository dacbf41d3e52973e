"""Sealing and opening of sensitive values, the interface of this domain to all others.

A sealed value is bound to its person, document, field and key version (associated data, each part
length-prefixed): moved anywhere else it does not open. This is field encryption on the server,
which must read to serve; it is not end-to-end encryption.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from app.kit import cipher, clock
from app.kit.cipher import TamperedError
from app.kit.errors import NotFoundError
from app.platform.audit import store as audit
from app.platform.audit.models import Action, Outcome, Touched
from app.platform.records import policy, sealing, trail
from app.platform.records.keyring import ErasedError, Keyring
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
    "ErasedError",
    "Opening",
    "Owner",
    "Purpose",
    "Recipient",
    "Record",
    "Sealed",
    "Staff",
    "System",
    "TamperedError",
    "acted",
    "keyring",
    "mac",
    "mac_matches",
    "open_now",
    "opening",
    "seal",
]

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
        ErasedError: the person was erased; nothing may be stored.
        UnavailableError: the person's key cannot be had now; nothing may be stored.
    """
    if not values:
        return Sealed({}, ())
    kind = TYPES[record.collection]
    policy.require_sealing(kind, record, values.keys(), by)
    keys = keyring.keys(record.uid, create=True)
    key = keys.by_version[keys.current]
    fields = {
        field: sealing.sealed(record, field, value, keys.current, key)
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


def acted(
    action: Action,
    *,
    by: Actor,
    subject: str,
    touched: tuple[Touched, ...] = (),
    grant_id: str | None = None,
) -> "Write":
    """Return the audit's write on something done that opens and seals nothing, for its commit.

    Args:
        action: what is done.
        by: who does it, and as what.
        subject: the uid of whom it is about; "" for nobody.
        touched: what it is done to.
        grant_id: the consent or emergency that it is about.
    """
    entry = trail.act(action, subject, touched, by, clock.now())
    return audit.entry(entry.model_copy(update={"grant_id": grant_id or entry.grant_id}))


def mac(uid: str, purpose: str, data: bytes) -> bytes:
    """Return a keyed fingerprint of `data` that tells nothing without the person's key."""
    keys = keyring.keys(uid, create=True)
    return sealing.header(keys.current) + cipher.mac(keys.by_version[keys.current], purpose, data)


def mac_matches(uid: str, purpose: str, data: bytes, expected: bytes) -> bool:
    """Return whether `expected` is the `mac` of `data`, also under an earlier key version."""
    version = sealing.version_of(expected)
    keys = keyring.keys(uid, create=True, version=version)
    key = keys.by_version.get(version)
    return key is not None and hmac.compare_digest(
        cipher.mac(key, purpose, data), expected[sealing.HEADER_BYTES :]
    )


def _opened(record: Record, values: Mapping[str, bytes]) -> dict[str, Any]:
    newest = max(map(sealing.version_of, values.values()), default=0)
    keys = keyring.keys(record.uid, create=False, version=newest).by_version
    return {field: sealing.opened(record, field, value, keys) for field, value in values.items()}


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
