"""The only code that reads or writes people's keys, and documents by the register."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from app.kit import documents, firestore
from app.kit.documents import Stored
from app.kit.firestore import KEYS, Collection, ConflictError, OutcomeUnknownError, Snapshot, Write
from app.platform.records.key_models import PersonKeys
from app.platform.records.models import RecordType

person_keys = Collection("person_keys", PersonKeys, database=KEYS)

PAGE = 200


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


def change(uid: str, change: Callable[[PersonKeys | None], PersonKeys | None]) -> PersonKeys | None:
    """Make a person's keys what `change` makes of them, and return them.

    One read, and one commit where they change; both again after a conflict or a lost answer, so
    `change` leaves alone what it has made already.
    """

    def attempt() -> PersonKeys | None:
        (seen,) = firestore.read(person_keys.key(uid))
        changed = change(seen.value)
        if changed is not None and changed != seen.value:
            firestore.commit(person_keys.replace(seen, changed))
        return changed

    return firestore.retrying(attempt)


def wrapped_before(kek: int, limit: int) -> list[Snapshot[PersonKeys]]:
    """Return keys wrapped by a lower version of the key-encryption key than `kek`. One query."""
    return person_keys.find(before={"oldestKek": kek}, limit=limit)


def all_keys() -> Iterator[tuple[str, PersonKeys]]:
    """Yield every person's keys, one query a page."""
    after = ""
    while found := documents.page("person_keys", None, limit=PAGE, after=after, database=KEYS):
        for stored in found:
            yield stored.id, PersonKeys.model_validate(stored.fields)
        after = found[-1].id


def owned(kind: RecordType, uid: str, *, after: str = "", limit: int = PAGE) -> list[Stored]:
    """Return documents about a person of one type, by id. One query, or one read.

    Args:
        kind: the type, of the default database.
        uid: the person.
        after: the id that the result begins after.
        limit: the greatest number of documents.
    """
    match kind.owner_field:
        case None:
            return []
        case "":
            found = documents.get(f"{kind.collection}/{uid}")
            return [found] if found is not None and found.id > after else []
        case field:
            return documents.page(kind.collection, (field, uid), limit=limit, after=after)


def owner_of(kind: RecordType, stored: Stored) -> str | None:
    """Return the uid of whom a document of one type is about; None for nobody."""
    match kind.owner_field:
        case None:
            return None
        case "":
            return stored.id
        case field:
            return stored.fields.get(field)


def count_owned(kind: RecordType, uid: str) -> int:
    """Return how many documents of one type are about a person. One aggregation, or one read."""
    match kind.owner_field:
        case None:
            return 0
        case "":
            return len(owned(kind, uid))
        case field:
            return documents.count(kind.collection, (field, uid))


def all_owned(kind: RecordType, uid: str) -> Iterable[Stored]:
    """Yield every document about a person of one type, one query a page."""
    found = owned(kind, uid)
    yield from found
    while len(found) == PAGE:
        found = owned(kind, uid, after=found[-1].id)
        yield from found


def set_sealed(seen: Stored, values: Mapping[str, bytes], *trail: Write) -> bool:
    """Replace the sealed values of a document, and return whether that is known to be done.

    It is not where somebody changed the document since it was seen. One commit, with the audit's
    writes.
    """
    try:
        firestore.commit(documents.change(seen, {"sealed": dict(values)}), *trail)
    except (ConflictError, OutcomeUnknownError):
        return False
    return True
