"""The state machine of the accounts: what an item from the queue does to the balances.

There are two sets of balances. The public ones are what the entries of the ledger sum to. The
private sub-ledger is what must be added to have what is true now: payments for people that are
set aside, or have left the bank, and that no public entry tells of yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.recovery.catalog.models import Category
from app.recovery.ledger.models import (
    POOLED,
    PRIVATE,
    Balances,
    Fund,
    Kind,
    Leaf,
    Pool,
    QueueItem,
    State,
)
from app.recovery.ledger.policy import leaves

_NOT_COVERED_BY_FLEX = {Category.FLEX, Category.OPERATIONS}
"""Money given for aid never pays for operations, so FLEX does not fill that fund either."""
_AUTHORIZING = {Kind.TRANSFER, Kind.DISBURSEMENT_PENDING}
"""Kinds that ask for money, and are refused where there is too little."""


@dataclass(frozen=True)
class Books:
    """The balances of the public accounts, and those of the private sub-ledger."""

    public: Balances
    private: Balances

    def left(self, category: Category) -> int:
        """Return what may be promised of a fund, in minor units."""
        return fund(self.public, category) + fund(self.private, category)


@dataclass(frozen=True)
class Outcome:
    """What becomes of an item, and of the books with it."""

    state: State
    books: Books
    entries: tuple[Leaf, ...] = ()
    """What joins the ledger: the COVERs that the item needs, then its own leaf; none if private."""
    reason: str | None = None


def apply(books: Books, item: QueueItem, sequenced: Mapping[str, QueueItem]) -> Outcome:
    """Return the outcome of `item`, with `books` before it. Defined for any bytes in it.

    A fact from outside (a donation, a refund) cannot be refused, since it has happened. Where it
    would overdraw a fund, a COVER goes before it, so that no fund is ever below zero. COVERs look
    at public balances alone: one that private payments called for would tell of them.

    Args:
        books: the balances before the item.
        item: an item that is not in the ledger yet.
        sequenced: those of the parents and rivals that items name that are in the ledger, by idem.
    """
    try:
        leaf = leaves.read_queued(item)
    except leaves.InvalidLeafError as error:
        return Outcome(State.REJECTED, books, reason=str(error))
    if item.parent is not None and item.parent not in sequenced:
        return Outcome(State.HELD, books)
    after = _after(books, leaf)
    if (reason := _refusal(books, after, leaf, item, sequenced)) is not None:
        return Outcome(State.REJECTED, books, reason=reason)
    if leaf.kind in PRIVATE:
        return Outcome(State.SEQUENCED, after)
    covers = _covers(books.public, leaf)
    for cover in covers:
        after = replace(after, public=post(after.public, cover))
    return Outcome(State.SEQUENCED, after, (*covers, leaf))


def post(balances: Balances, leaf: Leaf, sign: int = 1) -> Balances:
    """Return `balances` after `leaf`, or its negation. Accounts that hold nothing are left out."""
    after = dict(balances)
    for account, amount in leaf.postings:
        after[account] = after.get(account, 0) + sign * int(amount)
    return {account: amount for account, amount in sorted(after.items()) if amount}


def fund(balances: Balances, name: Fund) -> int:
    """Return what is left in a fund or pool, in minor units: positive when it has money."""
    return -sum(amount for account, amount in balances.items() if leaves.fund_of(account) == name)


def balances_of(balances: Balances, categories: tuple[Category, ...]) -> dict[Fund, int]:
    """Return what the funds of `categories` hold, and their pools where those were ever used."""
    used = {leaves.fund_of(account) for account in balances}
    pools = [pool for pool in _pools_of(categories) if pool in used]
    names: tuple[Fund, ...] = (*categories, *pools)
    return {name: fund(balances, name) for name in names}


def _after(books: Books, leaf: Leaf) -> Books:
    """Return `books` after `leaf`. A group becomes public, and leaves the sub-ledger by as much."""
    if leaf.kind in PRIVATE:
        return replace(books, private=post(books.private, leaf))
    private = post(books.private, leaf, -1) if leaf.kind is Kind.DISBURSEMENT else books.private
    return Books(post(books.public, leaf), private)


def _refusal(
    before: Books, after: Books, leaf: Leaf, item: QueueItem, sequenced: Mapping[str, QueueItem]
) -> str | None:
    """Return why `item` may not join the books `before` it; None where it may."""
    if item.rival is not None and item.parent is not None:
        if item.rival in sequenced:
            return "resolved before"
        if not _resolves(leaf, sequenced[item.parent]):
            return "another payment"
    if leaf.kind in _AUTHORIZING:
        payers = [c for c in leaf.categories if after.left(c) < before.left(c)]
        if any(after.left(c) < 0 for c in payers) or any(
            _missing(after.public, name) for name in _funds_of(leaf)
        ):
            return "overdrawn"
    return None


def _resolves(leaf: Leaf, parent: QueueItem) -> bool:
    """Whether `leaf` ends what `parent` began: all that it set aside, and nothing else."""
    if parent.kind is not Kind.DISBURSEMENT_PENDING:
        return False
    began = leaves.read_queued(parent)
    if leaf.kind is Kind.DISBURSEMENT_VOID:
        return not post(post({}, began), leaf)
    return dict(leaf.postings)[leaves.BANK] == dict(began.postings)[leaves.SET_ASIDE]


def _covers(balances: Balances, leaf: Leaf) -> list[Leaf]:
    """Return the COVERs without which `leaf` would overdraw a fund, or the funds of a pool.

    Each is filled from what FLEX can spare before and after `leaf`; what FLEX cannot fill shows
    in public as a debit of `liabilities:shortfall`.
    """
    after = post(balances, leaf)
    spare = max(0, min(fund(balances, Category.FLEX), fund(after, Category.FLEX)))
    covers = []
    for name in _funds_of(leaf):
        missing = _missing(after, name)
        from_flex = 0 if name in _NOT_COVERED_BY_FLEX else min(missing, spare)
        spare -= from_flex
        if missing:
            covers.append(_cover(leaf, name, missing, from_flex))
            after = post(after, covers[-1])
    return covers


def _funds_of(leaf: Leaf) -> tuple[Fund, ...]:
    return (*leaf.categories, *_pools_of(leaf.categories))


def _pools_of(categories: tuple[Category, ...]) -> list[Pool]:
    return sorted({pool for c in categories if (pool := leaves.pool_of(c)) is not None})


def _missing(balances: Balances, name: Fund) -> int:
    """Return what a fund lacks; for a pool, what it lacks with all its funds together."""
    parts: tuple[Fund, ...] = (*POOLED[name], name) if isinstance(name, Pool) else (name,)
    return max(0, -sum(fund(balances, part) for part in parts))


def _cover(leaf: Leaf, name: Fund, missing: int, from_flex: int) -> Leaf:
    amounts = {f"funds:{name}:covers": -missing, leaves.SHORTFALL: missing - from_flex}
    if from_flex:
        amounts[f"funds:{Category.FLEX}:covers"] = from_flex
    postings = leaves.postings(amounts)
    return Leaf(
        kind=Kind.COVER,
        day=leaf.day,
        period=leaf.period,
        currency=leaf.currency,
        categories=tuple(map(Category, leaves.funds_of(postings))),
        postings=postings,
    )
