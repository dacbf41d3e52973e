"""The steps of the sequencer between two reads of the database."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.recovery.ledger.models import Batch, Entry, Head, Kind, QueueItem, Result, State
from app.recovery.ledger.policy import accounts, leaves, merkle, pages
from app.recovery.ledger.policy.accounts import Books

MAX_ENTRIES = 500
MAX_BATCH_BYTES = 900_000
"""Below the 1 MiB of a Firestore document."""

_ENTRY_OVERHEAD_BYTES = 32
_RESULT_BYTES = 256
"""More than one result takes, its field names included."""

_ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True)
class Plan:
    """What one run of the sequencer would commit."""

    batch: Batch
    head: Head
    """The head once `batch` is part of the ledger."""


def plan(
    head: Head, epoch: int, items: Mapping[str, QueueItem], sequenced: Mapping[str, QueueItem]
) -> tuple[Plan | None, frozenset[str]]:
    """Return what to commit on top of `head`, and the idems of the items that have to wait.

    The same arguments give the same plan, so that a run can be repeated. Items that no longer fit
    are in neither part of the answer and stay as they are.

    Args:
        head: the committed head.
        epoch: the lease of this run.
        items: queue items that are not in the ledger, by idem.
        sequenced: those parents and rivals of `items` that are in the ledger, by idem.
    """
    books, done = Books(head.balances, head.private), dict(sequenced)
    entries: list[bytes] = []
    results: list[Result] = []
    held = set()
    size_bytes = 0
    for idem in sorted(items, key=lambda idem: (_ORDER[items[idem].kind], idem)):
        outcome = accounts.apply(books, items[idem], done)
        if outcome.state is State.HELD:
            held.add(idem)
            continue
        data = [leaves.make(leaf) for leaf in outcome.entries]
        size_bytes += _RESULT_BYTES + sum(len(leaf) + _ENTRY_OVERHEAD_BYTES for leaf in data)
        if len(entries) + len(data) > MAX_ENTRIES or size_bytes > MAX_BATCH_BYTES:
            break
        entries += data
        index = head.size + len(entries) - 1 if data else None
        if outcome.state is State.SEQUENCED:
            done[idem] = items[idem]
            results.append(Result(idem=idem, state=State.SEQUENCED, index=index))
        else:
            results.append(Result(idem=idem, state=State.REJECTED, reason=outcome.reason))
        books = outcome.books
    if not results:
        return None, frozenset(held)
    frontier = merkle.grown(head.frontier, head.size, map(merkle.leaf_hash, entries))
    batch = Batch(
        number=head.batches,
        first_index=head.size,
        opening=head.balances,
        entries=entries,
        root=merkle.root(frontier),
        results=results,
    )
    after = head.model_copy(
        update={
            "size": head.size + len(entries),
            "batches": head.batches + 1,
            "epoch": epoch,
            "balances": books.public,
            "private": books.private,
            "frontier": list(frontier),
        }
    )
    return Plan(batch, after), frozenset(held)


def resolve(item: QueueItem, result: Result) -> QueueItem:
    """Return `item` with its result. An item that has it already is returned as it is.

    Raises:
        RuntimeError: it has another result. Nothing may go on then: money would be posted twice.
    """
    resolved = item.model_copy(
        update={"state": result.state, "index": result.index, "reason": result.reason}
    )
    if item.state in {State.PENDING, State.HELD} or item == resolved:
        return resolved
    raise RuntimeError(f"Queue item {result.idem} has two results.")


def entries(batch: Batch) -> list[Entry]:
    """Return the entries of `batch` as pages show them, with running balances."""
    balances = batch.opening
    shown = []
    for index, data in enumerate(batch.entries, batch.first_index):
        leaf = leaves.read(data)
        balances = accounts.post(balances, leaf)
        shown.append(
            Entry(
                index=index,
                kind=leaf.kind,
                day=leaf.day,
                period=leaf.period,
                currency=leaf.currency,
                categories=list(leaf.categories),
                postings=dict(leaf.postings),
                commitment=leaf.commitment,
                group=leaf.group,
                balances={
                    fund: str(cents)
                    for fund, cents in accounts.balances_of(balances, leaf.categories).items()
                },
                account_balances={a: str(balances.get(a, 0)) for a, _ in leaf.postings},
                places=dict.fromkeys(pages.filters(leaf), index),
            )
        )
    return shown
