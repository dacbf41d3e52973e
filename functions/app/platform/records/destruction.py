"""The end of a person's keys: what they sealed stays closed, and nothing is sealed any more."""

from collections.abc import Iterator
from datetime import datetime

from app.platform.records import store, vault
from app.platform.records.key_models import PersonKeys


def destroy_keys(uid: str, at: datetime) -> datetime:
    """Put a mark in place of a person's keys, and return when that was first done.

    One read, and one commit for the first time. The mark and the end of the keys are one write, so
    that there is no erasure of which the journal does not tell. Other instances forget the keys
    within the lifetime of their cache.
    """

    def change(keys: PersonKeys | None) -> PersonKeys | None:
        if keys is not None and keys.erased_at is not None:
            return keys
        return PersonKeys(current=0, versions={}, erased_at=at)

    marked = store.change(uid, change)
    vault.keyring.forget(uid)
    return (marked and marked.erased_at) or at


def destroyed_at(uid: str) -> datetime | None:
    """Return when a person's keys were destroyed, or None. One read."""
    keys = store.load(uid)
    return None if keys is None else keys.erased_at


def journal() -> Iterator[tuple[str, datetime]]:
    """Yield everybody who was erased, and when their keys were destroyed. Reads all keys."""
    for uid, keys in store.all_keys():
        if keys.erased_at is not None:
            yield uid, keys.erased_at
