"""The bytes of an entry: made canonical once, and checked before they join the ledger."""

import re
from collections.abc import Iterable

import rfc8785
from pydantic import ValidationError

from app.recovery.ledger.models import Kind, Leaf, Posting, QueueItem

MAX_LEAF_BYTES = 65_535
"""What the two length bytes of a log's entry bundle can say (C2SP tlog-tiles)."""

CLEARING = "assets:stripe:clearing"
DISPUTED = "assets:stripe:disputed"
"""What donors' banks hold back until disputes are decided."""
BANK = "assets:bank"
SHORTFALL = "liabilities:shortfall"

_FUND = re.compile(r"funds:([A-Z]+):([a-z]+)")

_ACCOUNTS: dict[Kind, frozenset[str]] = {
    Kind.DONATION: frozenset({CLEARING, "funds:*:donations", "funds:*:fees"}),
    Kind.REVERSAL: frozenset({CLEARING, BANK, "funds:*:refunds", "funds:*:fees"}),
    Kind.REFUND: frozenset({CLEARING, "funds:*:refunds", "funds:*:fees"}),
    Kind.DISPUTE_OPEN: frozenset({CLEARING, DISPUTED, "funds:*:fees"}),
    Kind.DISPUTE_WON: frozenset({CLEARING, DISPUTED, "funds:*:fees"}),
    Kind.DISPUTE_LOST: frozenset({DISPUTED, "funds:*:disputes"}),
    Kind.PAYOUT: frozenset({CLEARING, BANK}),
    Kind.COVER: frozenset({SHORTFALL, "funds:*:covers"}),
}
"""The accounts that a kind of entry may touch; `*` stands for any category."""


class InvalidLeafError(ValueError):
    """The bytes are no entry of this ledger. The message says why, and holds none of them."""


def fund_of(account: str) -> str | None:
    """Return the category of the fund that `account` belongs to, if it belongs to one."""
    match = _FUND.fullmatch(account)
    return match[1] if match else None


def funds_of(postings: Iterable[Posting]) -> tuple[str, ...]:
    """Return the categories of the funds that postings touch, in order."""
    return tuple(sorted({fund for posting in postings if (fund := fund_of(posting.account))}))


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
            touch, names other categories than its postings, or does not sum to zero.
    """
    if not 1 <= len(data) <= MAX_LEAF_BYTES:
        raise InvalidLeafError("size")
    try:
        leaf = Leaf.model_validate_json(data, by_alias=True, by_name=False)
    except ValidationError as error:
        raise InvalidLeafError("schema") from error
    if make(leaf) != data:
        raise InvalidLeafError("not canonical")
    accounts = [posting.account for posting in leaf.postings]
    if accounts != sorted(set(accounts)):
        raise InvalidLeafError("accounts out of order")
    if not {_FUND.sub(r"funds:*:\2", account) for account in accounts} <= _ACCOUNTS[leaf.kind]:
        raise InvalidLeafError("account")
    if not accounts or leaf.categories != funds_of(leaf.postings):
        raise InvalidLeafError("categories")
    if sum(int(posting.amount) for posting in leaf.postings):
        raise InvalidLeafError("does not sum to zero")
    return leaf


def read_queued(item: QueueItem) -> Leaf:
    """Return the leaf of a queue item.

    Raises:
        InvalidLeafError: as `read`, or its kind is not the item's, or one that is never queued.
    """
    leaf = read(item.leaf)
    if leaf.kind is not item.kind or leaf.kind is Kind.COVER:
        raise InvalidLeafError("kind")
    of_a_gift = BANK not in dict(leaf.postings)
    if of_a_gift is (leaf.commitment is None):
        raise InvalidLeafError("commitment")
    return leaf
