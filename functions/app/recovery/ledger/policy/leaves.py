"""The bytes of an entry: made canonical once, and checked before they join the ledger."""

import re
from collections.abc import Iterable

import rfc8785
from pydantic import ValidationError

from app.recovery.catalog.models import Category
from app.recovery.ledger.models import (
    POOLED,
    PRIVATE,
    Group,
    Kind,
    Leaf,
    Pool,
    Posting,
    QueueItem,
)

MAX_LEAF_BYTES = 65_535
"""What the two length bytes of a log's entry bundle can say (C2SP tlog-tiles)."""

CLEARING = "assets:stripe:clearing"
DISPUTED = "assets:stripe:disputed"
"""What donors' banks hold back until disputes are decided."""
BANK = "assets:bank"
SET_ASIDE = "liabilities:disbursements:pending"
"""What is promised for payments that have not left the bank. Of the private sub-ledger alone."""
SHORTFALL = "liabilities:shortfall"

_POOLS = frozenset[str](Pool)
_FUND = re.compile(r"funds:([A-Z]+):([a-z]+)")

_ACCOUNTS: dict[Kind, frozenset[str]] = {
    Kind.DONATION: frozenset({CLEARING, "funds:*:donations", "funds:*:fees"}),
    Kind.REVERSAL: frozenset({CLEARING, BANK, "funds:*:refunds", "funds:*:fees"}),
    Kind.REFUND: frozenset({CLEARING, "funds:*:refunds", "funds:*:fees"}),
    Kind.DISPUTE_OPEN: frozenset({CLEARING, DISPUTED, "funds:*:fees"}),
    Kind.DISPUTE_WON: frozenset({CLEARING, DISPUTED, "funds:*:fees"}),
    Kind.DISPUTE_LOST: frozenset({DISPUTED, "funds:*:disputes"}),
    Kind.PAYOUT: frozenset({CLEARING, BANK}),
    Kind.TRANSFER: frozenset({"funds:*:transfers"}),
    Kind.DISBURSEMENT_PENDING: frozenset({SET_ASIDE, "funds:*:disbursed"}),
    Kind.DISBURSEMENT_CLEARED: frozenset({SET_ASIDE, BANK}),
    Kind.DISBURSEMENT_VOID: frozenset({SET_ASIDE, "funds:*:disbursed"}),
    Kind.DISBURSEMENT: frozenset({BANK, "funds:*:disbursed"}),
    Kind.COVER: frozenset({SHORTFALL, "funds:*:covers"}),
}
"""The accounts that a kind of entry may touch; `*` stands for any category."""

_OF_POOLS = {Kind.DISBURSEMENT, Kind.COVER}
_OF_AID = {Kind.TRANSFER, Kind.DISBURSEMENT_PENDING, Kind.DISBURSEMENT_VOID, Kind.DISBURSEMENT}
"""Kinds that OPERATIONS has no part in: what is given for aid is spent on aid."""
_OF_PEOPLE = frozenset(Kind) - PRIVATE - {Kind.TRANSFER, Kind.DISBURSEMENT, Kind.COVER}
"""Kinds that are about one gift, unless they are about the bank."""
_RESOLUTIONS = {Kind.DISBURSEMENT_CLEARED, Kind.DISBURSEMENT_VOID}


class InvalidLeafError(ValueError):
    """The bytes are no entry of this ledger. The message says why, and holds none of them."""


def fund_of(account: str) -> str | None:
    """Return the category of the fund that `account` belongs to, if it belongs to one."""
    match = _FUND.fullmatch(account)
    return match[1] if match else None


def pool_of(category: Category) -> Pool | None:
    """Return the pool that the fund of `category` is in, if it is in one."""
    return next((pool for pool, categories in POOLED.items() if category in categories), None)


def funds_of(postings: Iterable[Posting]) -> tuple[str, ...]:
    """Return the categories of the funds that postings touch, in order; of a pool all of them."""
    found: set[str] = set()
    for posting in postings:
        fund = fund_of(posting.account)
        if fund in _POOLS:
            found.update(POOLED[Pool(fund)])
        elif fund is not None:
            found.add(fund)
    return tuple(sorted(found))


def all_accounts() -> list[str]:
    """Return every account that a public entry may touch, in order; some never will be."""
    patterns = {p for kind, some in _ACCOUNTS.items() if kind not in PRIVATE for p in some}
    return sorted({p.replace("*", fund) for p in patterns for fund in (*Category, *Pool)})


def make(leaf: Leaf) -> bytes:
    """Return the canonical JSON (RFC 8785) of `leaf`."""
    return rfc8785.dumps(leaf.model_dump(mode="json", by_alias=True, exclude_none=True))


def postings(amounts: dict[str, int]) -> tuple[Posting, ...]:
    """Return `amounts` by account as the postings of a leaf: in order, without zeros."""
    return tuple(
        Posting(account, str(amounts[account])) for account in sorted(amounts) if amounts[account]
    )


def read(data: bytes) -> Leaf:
    """Return the leaf in `data`, which must be sound whoever made it.

    Raises:
        InvalidLeafError: it is too long, not canonical, touches an account that its kind may not
            touch, names other categories than its postings, does not sum to zero, has another
            time than its kind, or a group that does not add up.
    """
    if not 1 <= len(data) <= MAX_LEAF_BYTES:
        raise InvalidLeafError("size")
    try:
        leaf = Leaf.model_validate_json(data, by_alias=True, by_name=False)
    except ValidationError as error:
        raise InvalidLeafError("schema") from error
    if make(leaf) != data:
        raise InvalidLeafError("not canonical")
    _check_accounts(leaf)
    if sum(int(posting.amount) for posting in leaf.postings):
        raise InvalidLeafError("does not sum to zero")
    if (leaf.day is None) is (leaf.period is None) or (
        leaf.kind is not Kind.COVER and (leaf.kind is Kind.DISBURSEMENT) is (leaf.period is None)
    ):
        raise InvalidLeafError("time")
    if (leaf.kind is Kind.DISBURSEMENT) is (leaf.group is None) or not (
        leaf.group is None or _adds_up(leaf.postings, leaf.group)
    ):
        raise InvalidLeafError("group")
    return leaf


def _check_accounts(leaf: Leaf) -> None:
    accounts = [posting.account for posting in leaf.postings]
    if accounts != sorted(set(accounts)):
        raise InvalidLeafError("accounts out of order")
    if not {_FUND.sub(r"funds:*:\2", account) for account in accounts} <= _ACCOUNTS[leaf.kind]:
        raise InvalidLeafError("account")
    funds = {fund_of(account) for account in accounts}
    if (leaf.kind not in _OF_POOLS and funds & _POOLS) or (
        leaf.kind in _OF_AID and Category.OPERATIONS in funds
    ):
        raise InvalidLeafError("account")
    if not accounts or leaf.categories != funds_of(leaf.postings):
        raise InvalidLeafError("categories")


def _adds_up(postings: tuple[Posting, ...], group: Group) -> bool:
    """Whether the payments of one fund are what a group says, and its vendors part of them."""
    amounts = [int(amount) for amount in group.amounts]
    vendors = group.vendors if group.vendors is not None else ()
    names = [vendor.vendor for vendor in vendors]
    total = sum(amounts)
    return (
        min(amounts, default=0) > 0
        and amounts == sorted(amounts)
        and len(amounts) >= group.recipients
        and [int(amount) for _, amount in postings] == [-total, total]
        and names == sorted(set(names))
        and all(int(vendor.total) > 0 for vendor in vendors)
        and sum(int(vendor.total) for vendor in vendors) <= total
        and group.vendors != ()
    )


def read_queued(item: QueueItem) -> Leaf:
    """Return the leaf of a queue item.

    Raises:
        InvalidLeafError: as `read`, or its kind is not the item's, or one that is never queued; or
            it lacks, or has without need, a commitment, or what a resolution names.
    """
    leaf = read(item.leaf)
    if leaf.kind is not item.kind or leaf.kind is Kind.COVER:
        raise InvalidLeafError("kind")
    of_a_gift = leaf.kind in _OF_PEOPLE and BANK not in dict(leaf.postings)
    if of_a_gift is (leaf.commitment is None):
        raise InvalidLeafError("commitment")
    resolves = leaf.kind in _RESOLUTIONS
    if resolves is (item.rival is None) or (resolves and item.parent is None):
        raise InvalidLeafError("resolution")
    return leaf
