"""Queue items as the tests of the ledger need them."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from app.kit.money import Currency
from app.recovery.catalog.models import Category
from app.recovery.ledger.models import Kind, Leaf, QueueItem
from app.recovery.ledger.policy import leaves

DAY = "2027-01-15"
AT = datetime(2027, 1, 15, 12, tzinfo=UTC)


def idem(name: str) -> str:
    """Return a key that stands for the movement `name`."""
    return hashlib.sha256(name.encode()).hexdigest()


def donation(name: str, gross: Mapping[str, int], *, fee: int = 0, day: str = DAY) -> QueueItem:
    """Return a gift of `gross` cents by category; the first one bears the whole `fee`."""
    amounts = {f"funds:{category}:donations": -cents for category, cents in gross.items()}
    amounts[f"funds:{next(iter(gross))}:fees"] = fee
    amounts[leaves.CLEARING] = sum(gross.values()) - fee
    return item(Kind.DONATION, name, amounts, day, None)


def refund(name: str, parent: str, gross: Mapping[str, int], *, day: str = DAY) -> QueueItem:
    """Return a refund of `gross` cents by category, of the gift `parent`."""
    amounts = {f"funds:{category}:refunds": cents for category, cents in gross.items()}
    amounts[leaves.CLEARING] = -sum(gross.values())
    return item(Kind.REFUND, name, amounts, day, idem(parent))


def item(kind: Kind, name: str, amounts: dict[str, int], day: str, parent: str | None) -> QueueItem:
    """Return a queue item with these `amounts` by account; what is of one gift is committed to."""
    of_a_gift = kind is not Kind.TRANSFER and leaves.BANK not in amounts
    funds = {fund for account, n in amounts.items() if n and (fund := leaves.fund_of(account))}
    leaf = Leaf(
        kind=kind,
        day=day,
        currency=Currency.USD,
        categories=tuple(Category(fund) for fund in sorted(funds)),
        postings=leaves.postings(amounts),
        commitment=idem(f"commitment of {name}") if of_a_gift else None,
    )
    return QueueItem(leaf=leaves.make(leaf), kind=kind, parent=parent, created_at=AT)
