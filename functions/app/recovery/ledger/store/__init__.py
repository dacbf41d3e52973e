"""The only code that reads or writes the collections of the ledger."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import batched

from app.kit import firestore
from app.kit.errors import NotFoundError
from app.kit.firestore import Collection, ConflictError, OutcomeUnknownError, Snapshot, Write
from app.platform.payments.models.documents import Movement
from app.platform.payments.store.truth import movements
from app.recovery.donations.models.gifts import Donation
from app.recovery.donations.store.gifts import donations
from app.recovery.ledger.models import (
    Batch,
    Entry,
    Head,
    Lease,
    PrivateRecord,
    Progress,
    QueueItem,
    Result,
    State,
)
from app.recovery.ledger.models.statistics import Cells, Statistics

queue = Collection("ledger_queue", QueueItem)
private = Collection("ledger_private", PrivateRecord)
leases = Collection("ledger_lease", Lease)
heads = Collection("ledger_head", Head)
batches = Collection("ledger_batch", Batch)
progresses = Collection("ledger_progress", Progress)
entries = Collection("ledger_entries", Entry)
statistics = Collection("ledger_statistics", Statistics)

MAIN = "main"
MAX_HELD = 100
"""How many held items a run looks at."""
PAGE = 500
MAX_WRITES = 500
"""What one commit takes, by the count of Firestore's oldest limit."""


def movement(movement_id: str) -> Movement:
    """Return a movement of money. One read.

    Raises:
        NotFoundError: there is no such movement.
    """
    found = movements.get(movement_id)
    if found is None:
        raise NotFoundError("There is no such movement.")
    return found


def gift(donation_id: str, idem: str) -> tuple[Donation, bool]:
    """Return a donation, and whether `idem` is in the queue. One read.

    Raises:
        NotFoundError: there is no such donation.
    """
    donation, queued = firestore.read(donations.key(donation_id), queue.key(idem))
    if donation.value is None:
        raise NotFoundError("There is no such donation.")
    return donation.value, queued.value is not None


def append(idem: str, item: QueueItem, record: PrivateRecord | None, *trail: Write) -> None:
    """Queue `item` with its private record, unless `idem` is queued already. One commit.

    A donor who was erased has no private record. `trail` are the audit's writes, part of it.
    """
    kept = [] if record is None else [private.create(idem, record)]

    def attempt() -> None:
        try:
            firestore.commit(queue.create(idem, item), *kept, *trail)
        except ConflictError:
            if queue.get(idem) is None:
                raise

    firestore.retrying(attempt)


def queued(idems: Iterable[str]) -> dict[str, QueueItem]:
    """Return those of `idems` that are in the queue, by idem. One read, or none for none."""
    keys = [queue.key(idem) for idem in idems]
    found = firestore.read(*keys) if keys else ()
    return {seen.id: seen.value for seen in found if seen.value is not None}


def take_lease(owner: str, at: datetime, until: datetime) -> int | None:
    """Return the epoch of the lease that `owner` now has, or None while another one has it."""

    def attempt() -> int | None:
        (seen,) = firestore.read(leases.key(MAIN))
        held: Lease | None = seen.value
        if held is not None and held.owner == owner and held.expires_at == until:
            return held.epoch  # committed before; the answer was lost
        if held is not None and held.owner not in {"", owner} and held.expires_at > at:
            return None
        epoch = held.epoch + 1 if held is not None else 1
        firestore.commit(leases.replace(seen, Lease(owner=owner, epoch=epoch, expires_at=until)))
        return epoch

    return firestore.retrying(attempt)


def release_lease(owner: str) -> None:
    """Let others have the lease, if it is still `owner`'s."""

    def released(lease: Lease) -> Lease:
        return lease.model_copy(update={"owner": ""}) if lease.owner == owner else lease

    leases.update(MAIN, released)


def position() -> tuple[Snapshot[Head], Snapshot[Progress]]:
    """Return the head, and how far what follows from the batches is written. One read."""
    head, progress = firestore.read(heads.key(MAIN), progresses.key(MAIN))
    return head, progress


def waiting(limit: int) -> dict[str, Snapshot[QueueItem]]:
    """Return items that are not in the ledger, by idem: held ones, and `limit` pending ones.

    Two queries. Held items come on top, so that they never take the place of all others. Where
    more are held than a run looks at, it looks from a random place, so that in the end all have
    their turn.
    """
    equal = {"state": State.HELD}
    held = queue.find(equal=equal, limit=MAX_HELD)
    if len(held) == MAX_HELD:
        start = (State.HELD, secrets.token_hex(32))
        held = queue.find(equal=equal, order_by="state", after=start, limit=MAX_HELD)
    pending = queue.find(equal={"state": State.PENDING}, limit=limit)
    return {seen.id: seen for seen in (*held, *pending)}


def held_since(at: datetime) -> Iterator[QueueItem]:
    """Yield items that were queued before `at` and are held, a query for each `PAGE` that is."""
    after_id = None
    while True:
        found = queue.find(equal={"state": State.HELD}, after_id=after_id, limit=PAGE)
        items = (seen.value for seen in found if seen.value is not None)
        yield from (item for item in items if item.created_at < at)
        if len(found) < PAGE:
            return
        after_id = found[-1].id


def has_pending() -> bool:
    """Whether an item waits that no run has looked at. One query."""
    return bool(queue.find(equal={"state": State.PENDING}, limit=1))


def hold(items: Iterable[Snapshot[QueueItem]]) -> None:
    """Mark `items` as held, none if one of them was changed. The mark only makes runs cheaper."""
    writes = [
        queue.replace(seen, seen.value.model_copy(update={"state": State.HELD}))
        for seen in items
        if seen.value is not None and seen.value.state is State.PENDING
    ]
    try_commit(*writes)


def commit_batch(seen: Snapshot[Head], head: Head, batch: Batch) -> None:
    """Add `batch` to the ledger if the head is as it was seen: the one point that orders entries.

    Whether it was added, the next look at the head tells.
    """
    try_commit(heads.replace(seen, head), batches.create(batch_id(batch.number), batch))


def sweep(
    number: int,
    resolve: Callable[[QueueItem, Result], QueueItem],
    show: Callable[[Batch], list[Entry]],
    sums: Callable[[Iterable[Entry]], dict[str, Cells]],
    plus: Callable[[Statistics, Cells, int], Statistics],
) -> None:
    """Write what follows from a committed batch, unless it is written.

    Two reads, and a commit for each `MAX_WRITES` documents. It can end anywhere and be repeated.

    Args:
        number: the first batch that is not swept.
        resolve: gives a queue item its result.
        show: makes the entries of a batch.
        sums: makes what entries add to each document of the statistics.
        plus: adds it, and counts the batches that a document has.
    """

    def attempt() -> None:
        done, seen = firestore.read(progresses.key(MAIN), batches.key(batch_id(number)))
        if done.value is not None and done.value.swept > number:
            return
        batch, after = required(seen), number + 1
        results = {result.idem: result for result in batch.results}
        shown = show(batch)
        added = sums(shown)
        keys = (*map(queue.key, results), *map(statistics.key, added))
        found = firestore.read(*keys)
        items, counted = found[: len(results)], found[len(results) :]
        writes: list[Write] = [
            *_resolutions(items, results, resolve),
            *(entries.put(str(entry.index), entry) for entry in shown),
            *(
                statistics.replace(seen, plus(seen.value or Statistics(), added[seen.id], after))
                for seen in counted
                if seen.value is None or seen.value.batches < after
            ),
            progresses.replace(done, _progress(done, swept=after)),
        ]
        for part in batched(writes, MAX_WRITES, strict=False):
            firestore.commit(*part)

    firestore.retrying(attempt)


def committed(first: int, end: int) -> list[Snapshot[Batch]]:
    """Return the batches of these numbers, all of which the head counts. One read."""
    seen = firestore.read(*(batches.key(batch_id(number)) for number in range(first, end)))
    for batch in seen:
        required(batch)
    return list(seen)


def note_published(seen: Snapshot[Progress], batches: int, size: int, at: datetime | None) -> None:
    """Note what the public checkpoint covers. Whether it was noted, the next look tells."""
    noted = _progress(seen, published=batches, published_size=size, published_at=at)
    try_commit(progresses.replace(seen, noted))


def _progress(seen: Snapshot[Progress], **changed: object) -> Progress:
    return (seen.value or Progress()).model_copy(update=changed)


def required(seen: Snapshot[Batch]) -> Batch:
    """Return a batch that the head counts.

    Raises:
        RuntimeError: it is not there.
    """
    if seen.value is None:
        raise RuntimeError("The head counts a batch that is not there.")
    return seen.value


def _resolutions(
    items: Iterable[Snapshot[QueueItem]],
    results: Mapping[str, Result],
    resolve: Callable[[QueueItem, Result], QueueItem],
) -> Iterable[Write]:
    for seen in items:
        if seen.value is None:
            raise RuntimeError(f"Queue item {seen.id} is in the ledger and not in the queue.")
        resolved = resolve(seen.value, results[seen.id])
        if resolved != seen.value:
            yield queue.replace(seen, resolved)


def of_day(day: str) -> Iterator[Entry]:
    """Yield the entries of a day, a query for each `PAGE`."""
    after = None
    while True:
        found = entries.find(equal={"day": day}, order_by="index", after=after, limit=PAGE)
        yield from (seen.value for seen in found if seen.value is not None)
        if len(found) < PAGE:
            return
        after = (found[-1].value.index, found[-1].id) if found[-1].value is not None else None


def size() -> int:
    """Return how many entries the ledger has. One read."""
    head = heads.get(MAIN)
    return 0 if head is None else head.size


def batch_id(number: int) -> str:
    """Return the document id of a batch: hashed, since Firestore is slow on rising ids."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def try_commit(*writes: Write) -> None:
    """Commit `writes`, if there are any, where the reader finds out whether it happened."""
    try:
        if writes:
            firestore.commit(*writes)
    except (ConflictError, OutcomeUnknownError):
        return
