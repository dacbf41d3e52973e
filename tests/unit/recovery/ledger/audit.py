"""An audit of a whole ledger, from its documents alone and without any code of its policy."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.recovery.ledger.models import Batch, Entry, Head, QueueItem, State
from tests.unit.recovery.ledger import naive_tree

POOLS = {
    "ESSENTIALS": ("FOOD", "MEDICAL", "CLOTHING"),
    "ACCESS": ("TECH", "TRANSPORT", "IDENTITY"),
}
PENDING, CLEARED, VOID = (f"DISBURSEMENT_{phase}" for phase in ("PENDING", "CLEARED", "VOID"))


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
    private: dict[str, int] = {}
    resolved: set[str] = set()
    leaves: list[bytes] = []
    states: dict[str, State] = {}
    for number, batch in enumerate(batches):
        assert (batch.number, batch.first_index) == (number, len(leaves)), "a gap"
        assert batch.opening == held(balances), "a balance is off"
        end = len(leaves) + len(batch.entries)
        for result in batch.results:
            assert result.idem not in states, "an item has two results"
            states[result.idem] = result.state
            if result.state is not State.SEQUENCED:
                assert result.index is None, "a rejected item has a place"
                continue
            item = queue[result.idem]
            leaf = json.loads(item.leaf)
            parent = State.SEQUENCED if item.parent is None else states.get(item.parent)
            assert parent is State.SEQUENCED, "stands before what it follows from"
            if leaf["kind"] in {PENDING, CLEARED, VOID}:
                assert result.index is None, "a private item has a place"
                follow(private, balances, leaf, item, queue, resolved)
                continue
            assert result.index is not None, "an entry has no place"
            upto = [*batch.entries[len(leaves) - batch.first_index :]]
            for entry in upto[: result.index + 1 - len(leaves)]:
                post(balances, json.loads(entry))
                own = len(leaves) == result.index
                assert own == (json.loads(entry)["kind"] != "COVER"), "an entry from nowhere"
                assert not own or entry == item.leaf, "other bytes than were queued"
                leaves.append(entry)
            assert len(leaves) == result.index + 1, "an entry from nowhere"
            if leaf["kind"] == "TRANSFER":
                payers = [a.split(":")[1] for a, n in leaf["postings"] if int(n) > 0]
                assert all(left(balances, private, name) >= 0 for name in payers), "overdrawn"
            if leaf["kind"] == "DISBURSEMENT":
                before = true(balances, private, leaf, -1)
                add(private, leaf, -1)
                assert true(balances, private) == before, "told of what was not paid"
        assert len(leaves) == end, "an entry from nowhere"
        assert batch.root == naive_tree.root(leaves), "another root"
    assert (head.size, head.batches) == (len(leaves), len(batches)), "the head is off"
    assert (head.balances, head.private) == (held(balances), held(private)), "a balance is off"
    assert naive_tree.joined(head.frontier) == naive_tree.root(leaves), "the frontier is off"
    return list(batches)


def follow(  # noqa: PLR0913, PLR0917  # the books, and what happened to one payment
    private: dict[str, int],
    public: Mapping[str, int],
    leaf: Mapping[str, Any],
    item: QueueItem,
    queue: Mapping[str, QueueItem],
    resolved: set[str],
) -> None:
    """Add what happened to a payment to the private sub-ledger, which must stay sound."""
    add(private, leaf)
    if leaf["kind"] == PENDING:
        (fund_name,) = leaf["categories"]
        assert left(public, private, fund_name) >= 0, "overdrawn"
        return
    assert item.parent is not None, "a resolution of nothing"
    assert item.parent not in resolved, "resolved twice"
    resolved.add(item.parent)
    began = dict(json.loads(queue[item.parent].leaf)["postings"])
    ended = dict(leaf["postings"])
    aside = "liabilities:disbursements:pending"
    assert int(began[aside]) == -int(ended[aside]), "another amount"
    if leaf["kind"] == VOID:
        assert {a: -int(n) for a, n in began.items()} == {a: int(n) for a, n in ended.items()}
    assert private.get(aside, 0) <= 0, "more resolved than set aside"


def add(balances: dict[str, int], leaf: Mapping[str, Any], sign: int = 1) -> None:
    """Add an entry, or its negation, to `balances`."""
    assert sum(int(amount) for _, amount in leaf["postings"]) == 0, "not in balance"
    for account, amount in leaf["postings"]:
        balances[account] = balances.get(account, 0) + sign * int(amount)
    assert sum(balances.values()) == 0, "not in balance"


def held(balances: Mapping[str, int]) -> dict[str, int]:
    """Return the accounts that hold something."""
    return {account: amount for account, amount in balances.items() if amount}


def true(
    public: Mapping[str, int],
    private: Mapping[str, int],
    leaf: Mapping[str, Any] | None = None,
    sign: int = 1,
) -> dict[str, int]:
    """Return what is true: public and private together, and an entry more or less."""
    both = dict(public)
    for account, amount in private.items():
        both[account] = both.get(account, 0) + amount
    if leaf is not None:
        add(both, leaf, sign)
    return held(both)


def left(public: Mapping[str, int], private: Mapping[str, int], name: str) -> int:
    """Return what may be promised of the fund `name`."""
    return fund(public, name) + fund(private, name)


def post(balances: dict[str, int], leaf: Mapping[str, Any]) -> None:
    """Add an entry to the public `balances`, which must stay sound."""
    add(balances, leaf)
    names = {account.split(":")[1] for account in balances if account.startswith("funds:")}
    for name in names - POOLS.keys():
        assert fund(balances, name) >= 0, "a fund is overdrawn"
    for name, parts in POOLS.items():
        together = fund(balances, name) + sum(fund(balances, part) for part in parts)
        assert together >= 0, "a pool is overdrawn"


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
        pools = [
            pool
            for pool, parts in sorted(POOLS.items())
            if {*parts} & {*leaf["categories"]} and any(f":{pool}:" in a for a in balances)
        ]
        names = (*leaf["categories"], *pools)
        assert entry.balances == {name: str(fund(balances, name)) for name in names}
        after = {account: str(balances[account]) for account, _ in leaf["postings"]}
        assert entry.account_balances == after
