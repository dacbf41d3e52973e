"""An audit of a whole ledger, from its documents alone and without any code of its policy."""

import json
from collections.abc import Mapping, Sequence

from app.recovery.ledger.models import Batch, Entry, Head, QueueItem, State
from tests.unit.recovery.ledger import naive_tree


def audit(head: Head, batches: Sequence[Batch], queue: Mapping[str, QueueItem]) -> list[Batch]:
    """Fail unless the ledger is sound: whole, in balance, each item posted once at the most.

    Args:
        head: the head of the ledger.
        batches: every batch, by number.
        queue: every item that was ever queued.

    Returns:
        The batches, which are then known to be sound.
    """
    balances: dict[str, int] = {}
    leaves: list[bytes] = []
    results: dict[str, tuple[State, int | None]] = {}
    for number, batch in enumerate(batches):
        assert (batch.number, batch.first_index) == (number, len(leaves)), "a gap"
        assert batch.opening == {a: n for a, n in balances.items() if n}, "a balance is off"
        for leaf in batch.entries:
            post(balances, json.loads(leaf))
        leaves += batch.entries
        assert batch.root == naive_tree.root(leaves), "another root"
        for result in batch.results:
            assert result.idem not in results, "an item has two results"
            results[result.idem] = (result.state, result.index)
    assert (head.size, head.batches) == (len(leaves), len(batches)), "the head is off"
    assert head.balances == {a: n for a, n in balances.items() if n}, "a balance is off"

    assert naive_tree.joined(head.frontier) == naive_tree.root(leaves), "the frontier is off"

    places = {place: idem for idem, (_, place) in results.items() if place is not None}
    for place, leaf in enumerate(leaves):
        queued = places.get(place)
        assert (queued is None) == (json.loads(leaf)["kind"] == "COVER"), "an entry from nowhere"
        assert queued is None or queue[queued].leaf == leaf, "other bytes than were queued"
        parent = queued and queue[queued].parent
        parent_place = results[parent][1] if parent else -1
        assert parent_place is not None, "follows from a rejected item"
        assert parent_place < place, "stands before what it follows from"
    return list(batches)


def post(balances: dict[str, int], leaf: Mapping[str, list[tuple[str, str]]]) -> None:
    """Add an entry to `balances`, which must stay sound."""
    assert sum(int(amount) for _, amount in leaf["postings"]) == 0, "not in balance"
    for account, amount in leaf["postings"]:
        balances[account] = balances.get(account, 0) + int(amount)
    assert sum(balances.values()) == 0, "not in balance"
    for name in {account.split(":")[1] for account in balances if account.startswith("funds:")}:
        assert fund(balances, name) >= 0, "a fund is overdrawn"


def fund(balances: Mapping[str, int], name: str) -> int:
    """Return what the fund `name` holds."""
    return -sum(n for account, n in balances.items() if account.startswith(f"funds:{name}:"))


def audit_settled(
    head: Head, batches: Sequence[Batch], queue: Mapping[str, QueueItem], shown: Sequence[Entry]
) -> None:
    """Fail unless the ledger is sound and nothing is left to do.

    Args:
        head: the head of the ledger.
        batches: every batch, by number.
        queue: every item that was ever queued.
        shown: every entry that pages show, by index.
    """
    sound = audit(head, batches, queue)
    results = {result.idem: result for batch in sound for result in batch.results}
    for idem, item in queue.items():
        if item.state is State.HELD:
            parent = results.get(item.parent or "")
            assert parent is None or parent.state is State.REJECTED, "held without need"
        else:
            assert idem in results, "a queued item was lost"
            result = results[idem]
            assert (item.state, item.index) == (result.state, result.index), "not swept"

    balances: dict[str, int] = {}
    leaves = [leaf for batch in sound for leaf in batch.entries]
    assert [entry.index for entry in shown] == list(range(len(leaves))), "a page has a gap"
    for entry, leaf in zip(shown, map(json.loads, leaves), strict=True):
        post(balances, leaf)
        assert entry.postings == dict(leaf["postings"]), "a page shows something else"
        assert entry.balances == {c: str(fund(balances, c)) for c in leaf["categories"]}
        held = {account: str(balances[account]) for account, _ in leaf["postings"]}
        assert entry.account_balances == held
