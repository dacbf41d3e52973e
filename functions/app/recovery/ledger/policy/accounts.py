"""The state machine of the accounts: what an item from the queue does to the balances."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from app.recovery.catalog.models import Category
from app.recovery.ledger.models import Balances, Kind, Leaf, QueueItem, State
from app.recovery.ledger.policy import leaves

_NOT_COVERED_BY_FLEX = {Category.FLEX, Category.OPERATIONS}
"""Money given for aid never pays for operations, so FLEX does not fill that fund either."""


@dataclass(frozen=True)
class Outcome:
    """What becomes of an item, and of the balances with it."""

    state: State
    balances: Balances
    entries: tuple[Leaf, ...] = ()
    """What joins the ledger: the COVERs that the item needs, then its own leaf."""
    reason: str | None = None


def apply(balances: Balances, item: QueueItem, sequenced: AbstractSet[str]) -> Outcome:
    """Return the outcome of `item`, with `balances` before it. Defined for any bytes in it.

    A fact from outside (a donation, a refund) cannot be refused, since it has happened. Where it
    would overdraw a fund, a COVER goes before it, so that no fund is ever below zero.

    Args:
        balances: the balances before the item.
        item: an item that is not in the ledger yet.
        sequenced: which of the parents that items name are in the ledger, by idem.
    """
    try:
        leaf = leaves.read_queued(item)
    except leaves.InvalidLeafError as error:
        return Outcome(State.REJECTED, balances, reason=str(error))
    if item.parent is not None and item.parent not in sequenced:
        return Outcome(State.HELD, balances)
    entries = (*_covers(balances, leaf), leaf)
    for entry in entries:
        balances = post(balances, entry)
    return Outcome(State.SEQUENCED, balances, entries)


def post(balances: Balances, leaf: Leaf) -> Balances:
    """Return `balances` after `leaf`. Accounts that hold nothing are left out."""
    after = dict(balances)
    for account, amount in leaf.postings:
        after[account] = after.get(account, 0) + int(amount)
    return {account: amount for account, amount in sorted(after.items()) if amount}


def fund(balances: Balances, category: Category) -> int:
    """Return what is left in the fund of `category`, in minor units: positive when it has money."""
    return -sum(
        amount for account, amount in balances.items() if leaves.fund_of(account) == category
    )


def _covers(balances: Balances, leaf: Leaf) -> list[Leaf]:
    """Return the COVERs without which `leaf` would overdraw a fund.

    Each fund is filled from what FLEX can spare after `leaf`; what FLEX cannot fill shows in
    public as a debit of `liabilities:shortfall`.
    """
    after = post(balances, leaf)
    spare = max(0, fund(after, Category.FLEX))
    covers = []
    for category in leaf.categories:
        missing = max(0, -fund(after, category))
        from_flex = 0 if category in _NOT_COVERED_BY_FLEX else min(missing, spare)
        spare -= from_flex
        if missing:
            covers.append(_cover(leaf, category, missing, from_flex))
    return covers


def _cover(leaf: Leaf, category: Category, missing: int, from_flex: int) -> Leaf:
    amounts = {f"funds:{category}:covers": -missing, leaves.SHORTFALL: missing - from_flex}
    if from_flex:
        amounts[f"funds:{Category.FLEX}:covers"] = from_flex
    return Leaf(
        kind=Kind.COVER,
        day=leaf.day,
        currency=leaf.currency,
        categories=tuple(sorted({category, Category.FLEX} if from_flex else {category})),
        postings=leaves.postings(amounts),
    )
