"""The only code that reads or writes `person_keys`."""

from app.kit import firestore
from app.kit.firestore import KEYS, Collection
from app.platform.records.models import PersonKeys

person_keys = Collection("person_keys", PersonKeys, database=KEYS)


def load(uid: str) -> PersonKeys | None:
    """Return a person's wrapped keys, or None before their first record. One read."""
    return person_keys.get(uid)


def create(uid: str, first: PersonKeys) -> PersonKeys:
    """Keep `first` as a person's keys and return it, or the keys that somebody else kept first."""

    def attempt() -> PersonKeys:
        kept = person_keys.get(uid)
        if kept is None:
            firestore.commit(person_keys.create(uid, first))
        return kept or first

    return firestore.retrying(attempt)
