"""Which payments for people are told of together, so that nobody can be found in them.

After the end of a month the payments of a category that cleared in it make a group, if they are
for at least eleven people. At the end of a quarter what is left of a category makes one, and then
what is left of the categories of a pool. What is still for fewer waits for the next quarters.

A payment is in one group at the most, so any sum or difference of what groups tell is told of
whole groups: of nobody, or of at least eleven people.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.kit.money import Currency
from app.recovery.catalog.models import Category
from app.recovery.ledger.models import (
    MIN_RECIPIENTS,
    POOLED,
    Fund,
    Group,
    Kind,
    Leaf,
    QueueItem,
    Vendor,
)
from app.recovery.ledger.models.aid import ClearedPayment, PlannedGroup, Statement
from app.recovery.ledger.policy import aid, leaves, merkle, periods

MAX_PAYMENTS = 2000
"""As many amounts as surely fit an entry, and marks a few commits."""

type Payments = Mapping[str, ClearedPayment]


@dataclass(frozen=True)
class Plan:
    """What becomes of the payments that waited until the end of a month."""

    groups: dict[str, PlannedGroup]
    """The groups by idem."""
    items: dict[str, QueueItem]
    """Their queue items by idem."""
    statement: Statement | None
    """The difference at the end of the month, where all of it is in groups now."""


def plan(month: str, waiting: Payments, at: datetime) -> Plan:
    """Return the groups that are made after the end of `month`.

    Args:
        month: the month that ended.
        waiting: payments by id that cleared in it or earlier and are in no group.
        at: now.
    """
    left = dict(waiting)
    made: list[tuple[str, Fund, Payments]] = []

    def make(period: str, fund: Fund, categories: Iterable[Category], within: str = "") -> None:
        found = {
            key: payment
            for key, payment in left.items()
            if payment.category in categories and payment.day.startswith(within)
        }
        if recipients_of(found) >= MIN_RECIPIENTS:
            made.extend((period, fund, part) for part in _parts(found))
            for key in found:
                del left[key]

    for category in Category:
        make(month, category, {category}, within=month)
    if periods.ends_quarter(month):
        quarter = periods.quarter_of(month)
        for category in Category:
            make(quarter, category, {category})
        for pool, categories in POOLED.items():
            make(quarter, pool, categories)
    groups: dict[str, PlannedGroup] = {}
    items: dict[str, QueueItem] = {}
    for number, (period, fund, payments) in enumerate(made):
        idem = aid.idem(f"{month}.{number}", "grouped")
        groups[idem] = _planned(month, period, fund, payments)
        items[idem] = _item(period, fund, payments, at)
    whole = bool(made) and not left
    difference_cents = sum(group.total_cents for group in groups.values())
    statement = Statement(month=month, difference_cents=difference_cents) if whole else None
    return Plan(groups, items, statement)


def recipients_of(payments: Payments) -> int:
    """Return how many different people payments are for."""
    return len({payment.uid for payment in payments.values()})


def vendors_of(payments: Payments, quarter: str) -> tuple[Vendor, ...] | None:
    """Return the vendors of a group that may be told apart, in order; None for none.

    Each was paid for at least eleven people, and so were all others together, or nobody. No count
    is told: how many people only others were paid for would be the difference of two.
    """
    by_vendor: dict[str, dict[str, ClearedPayment]] = defaultdict(dict)
    for key, payment in payments.items():
        if payment.vendor and periods.quarter_of(periods.month_of(payment.day)) == quarter:
            by_vendor[payment.vendor][key] = payment
    shown = {v: of for v, of in by_vendor.items() if recipients_of(of) >= MIN_RECIPIENTS}
    told = {key for of in shown.values() for key in of}
    rest = {key: payment for key, payment in payments.items() if key not in told}
    if 0 < recipients_of(rest) < MIN_RECIPIENTS and shown:
        del shown[min(shown, key=lambda vendor: (recipients_of(shown[vendor]), vendor))]
    return (
        tuple(
            Vendor(vendor=vendor, total=str(sum(p.amount_cents for p in of.values())))
            for vendor, of in sorted(shown.items())
        )
        or None
    )


def _parts(payments: Payments) -> list[dict[str, ClearedPayment]]:
    """Return payments as one group or, where there are too many for one, as several.

    All that is for one person is in one part, so that no two parts share people.
    """
    by_person: dict[str, dict[str, ClearedPayment]] = defaultdict(dict)
    for key, payment in payments.items():
        by_person[payment.uid][key] = payment
    parts: list[dict[str, ClearedPayment]] = [{}]
    people = 0
    for number, uid in enumerate(sorted(by_person)):
        to_come = len(by_person) - number
        if (
            len(parts[-1]) + len(by_person[uid]) > MAX_PAYMENTS
            and people >= MIN_RECIPIENTS
            and to_come >= MIN_RECIPIENTS
        ):
            parts.append({})
            people = 0
        parts[-1].update(by_person[uid])
        people += 1
    return parts


def _planned(month: str, period: str, fund: Fund, payments: Payments) -> PlannedGroup:
    return PlannedGroup(
        month=month,
        period=period,
        fund=fund,
        total_cents=sum(payment.amount_cents for payment in payments.values()),
        payments=sorted(payments, key=lambda key: payments[key].commitment),
    )


def _item(period: str, fund: Fund, payments: Payments, at: datetime) -> QueueItem:
    amounts = sorted(payment.amount_cents for payment in payments.values())
    postings = leaves.postings(
        {f"funds:{fund}:disbursed": sum(amounts), leaves.BANK: -sum(amounts)}
    )
    quarter = period if "Q" in period else periods.quarter_of(period)
    leaf = Leaf(
        kind=Kind.DISBURSEMENT,
        period=period,
        currency=Currency.USD,
        categories=tuple(map(Category, leaves.funds_of(postings))),
        postings=postings,
        group=Group(
            recipients=recipients_of(payments),
            amounts=tuple(map(str, amounts)),
            root=_root(sorted(payment.commitment for payment in payments.values())).hex(),
            vendors=vendors_of(payments, quarter),
        ),
    )
    return QueueItem(leaf=leaves.make(leaf), kind=Kind.DISBURSEMENT, created_at=at)


def _root(commitments: list[str]) -> bytes:
    """Return the root of the Merkle tree whose entries are commitments, as bytes."""
    hashes = (merkle.leaf_hash(bytes.fromhex(commitment)) for commitment in commitments)
    return merkle.root(merkle.grown((), 0, hashes))
