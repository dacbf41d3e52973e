"""Renewal of keys: of the key-encryption key by wrapping anew, of a person's by sealing anew."""

import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from app.kit import cipher, clock
from app.kit.cipher import TamperedError
from app.kit.errors import NotFoundError
from app.platform.audit import store as audit
from app.platform.audit.models import Action, Outcome
from app.platform.kms import gateway
from app.platform.records import keyring, sealing, store, trail, vault
from app.platform.records.key_models import PersonKeys, kek_number
from app.platform.records.models import Purpose, Record, System
from app.platform.records.register import TYPES

if TYPE_CHECKING:
    from app.kit.documents import Stored

KMS_SECONDS = 5.0
"""For all calls of KMS about one person's keys."""


def wrap_anew(limit: int) -> int:
    """Wrap keys under the primary version of the key-encryption key that an older one wraps.

    Data keys and sealed values stay as they are. One query, and for each person one read and
    commit, one KMS call to unwrap and one to wrap each version of their key.

    Returns:
        How many people's keys were found.
    """
    newest = kek_number(gateway.primary(until=_soon()))
    found = store.wrapped_before(newest, limit)
    for seen in found:
        store.change(seen.id, partial(_under, newest, seen.id))
    return len(found)


def wrap_all_anew() -> int:
    """Do what `wrap_anew` does for every person, whatever their document says of its versions.

    Returns:
        How many people's keys were wrapped anew.
    """
    newest = kek_number(gateway.primary(until=_soon()))
    old = [uid for uid, keys in store.all_keys() if _is_old(newest, keys)]
    for uid in old:
        store.change(uid, partial(_under, newest, uid))
    return len(old)


def versions_in_use() -> Counter[str]:
    """Return how many data keys each version of the key-encryption key wraps. Reads them all."""
    return Counter(key.kek for _, keys in store.all_keys() for key in keys.versions.values())


def newest_version(uid: str) -> int:
    """Return the number of the key version that seals for a person. One read.

    Raises:
        NotFoundError: they have no key, or were erased.
    """
    keys = store.load(uid)
    if keys is None or not keys.versions:
        raise NotFoundError("There is no such person.")
    return keys.current


def add_version(uid: str, number: int) -> None:
    """Make sure that a person has a key version of that number or a later one, which seals.

    One read, and one KMS call and one commit where it is new. Other instances go on sealing under
    the version before for the lifetime of their cache, and open what the new one sealed at once.
    """

    def change(keys: PersonKeys | None) -> PersonKeys | None:
        if keys is None or not keys.versions or keys.current >= number:
            return keys
        fresh = keyring.wrapped(cipher.new_key(), uid, number, until=_soon())
        return PersonKeys.of(number, {**keys.versions, str(number): fresh})

    store.change(uid, change)


def drop_before(uid: str, number: int) -> None:
    """Drop a person's key versions before that number: nothing opens under them any more."""

    def change(keys: PersonKeys | None) -> PersonKeys | None:
        if keys is None or not keys.versions:
            return keys
        kept = {version: key for version, key in keys.versions.items() if int(version) >= number}
        return PersonKeys.of(keys.current, kept)

    store.change(uid, change)


def seal_anew(uid: str, number: int) -> int:
    """Seal everything of a person that is under a version before that number under it.

    Nothing leaves: what is opened is sealed again on the spot, and audited as written. One query a
    page of each record
    type, and one commit for each document.

    Returns:
        How many documents are left: somebody changed them meanwhile, the answer was lost, or they
        do not open.
    """
    return sum(
        _left_old(uid, number, stored)
        for kind in TYPES.values()
        if kind.access is not None
        for stored in store.all_owned(kind, uid)
    )


def _left_old(uid: str, number: int, stored: "Stored") -> bool:
    """Seal a document's values anew; return whether some are left under an older version."""
    record, values = Record(uid, stored.path), stored.fields.get("sealed") or {}
    try:
        old = {name: v for name, v in values.items() if sealing.version_of(v) < number}
        if not old:
            return False
        keys = vault.keyring.keys(uid, create=False, version=number).by_version
        key = keys.get(number)
        if key is None:
            return True
        anew = {
            name: sealing.sealed(
                record, name, sealing.opened(record, name, value, keys), number, key
            )
            for name, value in old.items()
        }
    except TamperedError:
        return True
    by = System(Purpose.OPERATIONS)
    entry = trail.entry(Action.WRITE, [(record, anew)], by, Outcome.ALLOWED, clock.now())
    writes = [] if entry is None else [audit.entry(entry)]
    return not store.set_sealed(stored, {**values, **anew}, *writes)


def _under(newest: int, uid: str, keys: PersonKeys | None) -> PersonKeys | None:
    """Return a person's keys, wrapped by at least the version `newest`."""
    if keys is None or not _is_old(newest, keys):
        return keys
    until = _soon()
    versions = {
        str(version): keyring.wrapped(key, uid, version, until=until)
        for version, key in keyring.unwrapped(uid, keys, until=until).items()
    }
    return PersonKeys.of(keys.current, versions)


def _is_old(newest: int, keys: PersonKeys) -> bool:
    return any(kek_number(key.kek) < newest for key in keys.versions.values())


def _soon() -> float:
    return time.monotonic() + KMS_SECONDS
