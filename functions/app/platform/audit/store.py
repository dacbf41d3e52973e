"""The only code that reads or writes the collections of the audit log."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.kit import firestore, ids
from app.kit.errors import UnavailableError
from app.kit.firestore import Collection, ConflictError, OutcomeUnknownError, Snapshot, Write
from app.platform.audit.models import (
    RECIPIENT,
    AuditEntry,
    ChainHead,
    Outcome,
    Place,
    RawEntry,
    StoredEntry,
    shard_of,
)

places: Collection[Place] = Collection("audit_entries", RawEntry)
"""The same documents as `entries`, for whoever puts them in chains."""
entries = Collection("audit_entries", StoredEntry)
heads = Collection("audit_heads", ChainHead)


def entry(entry: AuditEntry) -> Write:
    """Return the write that adds an entry, to be part of the commit of what it tells of."""
    entry_id = ids.new()
    return entries.create(entry_id, StoredEntry(**dict(entry), shard=shard_of(entry_id)))


def disclosures_of(
    uid: str, *, limit: int, cursor: str | None
) -> tuple[list[StoredEntry], str | None]:
    """Return a page of what consents and emergencies let others learn of a person, newest first.

    One query.

    Raises:
        InvalidArgumentError: no page ever gave this cursor.
    """
    of = {"subject": uid, "role": RECIPIENT, "outcome": Outcome.ALLOWED.value}
    page, next_cursor = entries.newest(of=of, by="at", limit=limit, cursor=cursor)
    return [entry for _, entry in page], next_cursor


def keep(*trail: Write) -> None:
    """Add entries of something that makes no commit of its own. One commit, or none for none.

    Raises:
        UnavailableError: they may not have been kept; what they tell of must not happen.
    """

    def attempt() -> None:
        try:
            firestore.commit(*trail)
        except ConflictError:
            return  # ids are random: what is there is this entry, and its answer was lost

    if trail:
        firestore.retrying(attempt)


def unsealed(limit: int) -> list[Snapshot[Place]]:
    """Return entries that are in no chain yet, in the order of their commits. One query.

    However late a commit came, its entry is found: nothing is asked of its time.
    """
    found = places.find(equal={"sequence": None}, limit=limit)
    return sorted(found, key=lambda seen: (seen.seen_at and seen.seen_at.timestamp(), seen.id))


def heads_of(shards: Iterable[int]) -> dict[int, Snapshot[ChainHead]]:
    """Return the heads of chains. One read."""
    numbers = list(shards)
    seen = firestore.read(*(heads.key(str(shard)) for shard in numbers))
    return dict(zip(numbers, seen, strict=True))


def seal(
    seen: Snapshot[ChainHead], head: ChainHead, chained: Sequence[tuple[Snapshot[Place], Place]]
) -> bool:
    """Put entries in their places, if head and entries are as they were seen. One commit.

    Returns:
        Whether it was done; otherwise another one came first, and all is to be read again.

    Raises:
        UnavailableError: it was done or not; a later look will tell.
    """
    try:
        firestore.commit(
            heads.replace(seen, head),
            *(places.replace(entry, place) for entry, place in chained),
        )
    except ConflictError:
        return False
    except OutcomeUnknownError as error:
        raise UnavailableError("The database does not answer. Try again.") from error
    return True


def search(
    equal: Mapping[str, Any],
    *,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    cursor: str | None,
) -> tuple[list[tuple[str, StoredEntry]], str | None]:
    """Return a page of entries, newest first, and the next page's cursor. One query.

    Raises:
        InvalidArgumentError: no page ever gave this cursor.
    """
    return entries.newest(
        of=equal,
        by="at",
        since=since,
        until=until,
        limit=limit,
        cursor=cursor,
    )
