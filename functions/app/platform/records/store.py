"""The only code that reads or writes `person_keys`."""

from app.kit import firestore
from app.kit.firestore import KEYS, Collection, ConflictError
from app.platform.records.models import PersonKeys

person_keys = Collection("person_keys", PersonKeys, database=KEYS)


def load(uid: str) -> PersonKeys | None:
    """Return a person's wrapped keys, or None before their first record. One read."""
    return person_keys.get(uid)


def create(uid: str, first: PersonKeys) -> PersonKeys:
    """Keep `first` as a person's keys and return it, or the keys that somebody else kept first.

    One commit, and one read where there are keys already.
    """

    def attempt() -> PersonKeys:
        try:
            firestore.commit(person_keys.create(uid, first))
        except ConflictError:
            kept = person_keys.get(uid)
            if kept is None:
                raise
            return kept
        return first

    return firestore.retrying(attempt)
