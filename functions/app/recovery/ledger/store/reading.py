"""Entries as pages and exports read them, at a cost that no other entry adds to.

Without a filter they are read by their indices, which are their ids. With one they are found by
the index of Firestore on the filter's place.
"""

from collections.abc import Iterator
from itertools import batched

from app.kit import firestore
from app.recovery.ledger.models import Entry, Head
from app.recovery.ledger.store import batch_id, batches, entries, position, required

EXPORTED = 250
"""How many entries of an export are in memory at once."""


def size() -> int:
    """Return how many entries can be read: all, or those before a batch whose sweep goes on.

    One read; one more while a batch waits to be swept.
    """
    seen, progress = position()
    head = seen.value or Head()
    swept = 0 if progress.value is None else progress.value.swept
    if swept >= head.batches:
        return head.size
    (batch,) = firestore.read(batches.key(batch_id(swept)))
    return required(batch).first_index


def newest(filter_name: str | None, end_index: int, limit: int) -> list[Entry]:
    """Return entries below an index, newest first: those that pass a filter, or all.

    One query, or without a filter one read; none where there is nothing below the index.
    """
    if filter_name is None:
        return list(_by_index(range(end_index - 1, max(end_index - limit, 0) - 1, -1)))
    place = f"places.{filter_name}"
    before = {place: end_index}
    found = entries.find(before=before, order_by=place, descending=True, limit=limit)
    return [seen.value for seen in found if seen.value is not None]


def between(filter_name: str | None, first_index: int, end_index: int) -> Iterator[Entry]:
    """Yield entries from one index on and below the other, oldest first.

    A query for each `EXPORTED` of them, or without a filter a read, made when the first of these
    is asked for, so that no more than these are in memory.
    """
    if filter_name is None:
        for indices in batched(range(first_index, end_index), EXPORTED, strict=False):
            yield from _by_index(indices)
        return
    place = f"places.{filter_name}"
    while True:
        since, before = {place: first_index}, {place: end_index}
        found = entries.find(since=since, before=before, order_by=place, limit=EXPORTED)
        yield from (seen.value for seen in found if seen.value is not None)
        if len(found) < EXPORTED or found[-1].value is None:
            return
        first_index = found[-1].value.index + 1


def _by_index(indices: range | tuple[int, ...]) -> Iterator[Entry]:
    """Yield those entries that are there."""
    found = firestore.read(*(entries.key(str(index)) for index in indices)) if indices else ()
    yield from (seen.value for seen in found if seen.value is not None)
