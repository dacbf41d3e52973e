"""Ledgers of any size with every kind of entry in them, drawn from a seed and stored as swept."""

import random
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import batched, islice

from app.kit.money import Currency
from app.recovery.catalog.models import Category
from app.recovery.ledger.models import (
    PRIVATE,
    Batch,
    Entry,
    Group,
    Head,
    Kind,
    Leaf,
    QueueItem,
    Vendor,
)
from app.recovery.ledger.policy import batches, leaves, periods
from tests.unit.recovery.ledger.gifts import AT, donation, idem, item, refund

FUNDS = ("FOOD", "HOUSING", "TECH", "FLEX", "OPERATIONS")
PUBLIC = frozenset(Kind) - PRIVATE
PAYMENTS = (1, 99, 45_00)
"""What is paid for people, in cents."""
WRITES = 100
"""Of one commit: what a cold emulator on a busy machine makes in time."""
CENTS = (1, 99, 100, 101, 45_00, 123_45, 1_000_000_00)

type Movements = Iterator[tuple[str, QueueItem]]


def movements(seed: int) -> Movements:
    """Yield what moves money, without end: gifts, and what becomes of some of them.

    A gift has one fund or two, in amounts from a cent up; what comes of it follows some gifts
    later. Days are of one month for 700 gifts, and stand in no order within it.
    """
    chance = random.Random(seed)  # noqa: S311  # gifts of nobody
    number = 0
    while True:
        number += 1
        name = f"{seed} {number}"
        day = f"{2027 + number // 8400}-{1 + number // 700 % 12:02}-{chance.randint(1, 28):02}"
        funds = chance.sample(FUNDS, chance.choice((1, 1, 2)))
        cents = chance.choice(CENTS)
        gross = dict.fromkeys(funds, cents)
        yield idem(name), donation(name, gross, fee=chance.choice((0, 1, 30)), day=day)
        if number % 100 == 0:
            yield idem(f"{name} paid"), _disbursement(chance, number, day)
        yield from _after(chance.randint(1, 40), name, gross, day)


def _after(what: int, name: str, gross: Mapping[str, int], day: str) -> Movements:
    """Yield what becomes of a gift: mostly nothing."""
    total, parent, later = sum(gross.values()), idem(name), f"{name} later"
    if what in {1, 2, 3}:
        yield idem(later), refund(later, name, gross, day=day)
    if what == 1:  # the refund failed
        back = {f"funds:{f}:refunds": -cents for f, cents in gross.items()}
        amounts = {**back, leaves.CLEARING: total}
        yield (
            idem(f"{name} failed"),
            item(Kind.REVERSAL, f"{name} failed", amounts, day, idem(later)),
        )
    if what in {4, 5}:
        first = next(iter(gross))
        amounts = {leaves.DISPUTED: total, f"funds:{first}:fees": 15_00}
        opened = {**amounts, leaves.CLEARING: -total - 15_00}
        yield idem(later), item(Kind.DISPUTE_OPEN, later, opened, day, parent)
        ended, end = f"{name} ended", {leaves.DISPUTED: -total}
        if what == 4:  # the donor's bank gave the money back
            won = {**end, leaves.CLEARING: total}
            yield idem(ended), item(Kind.DISPUTE_WON, ended, won, day, idem(later))
        else:
            lost = {**end, **{f"funds:{f}:disputes": cents for f, cents in gross.items()}}
            yield idem(ended), item(Kind.DISPUTE_LOST, ended, lost, day, idem(later))
    if what == 7 and "OPERATIONS" not in gross:  # staff moved a cent, where it does not overdraw
        there = next(fund for fund in FUNDS[:4] if fund not in gross)
        amounts = {f"funds:{next(iter(gross))}:transfers": 1, f"funds:{there}:transfers": -1}
        moved = item(Kind.TRANSFER, later, amounts, day, None)
        yield idem(later), moved
    if what == 6:  # the gift went to the bank
        amounts = {leaves.BANK: total, leaves.CLEARING: -total}
        yield idem(later), item(Kind.PAYOUT, later, amounts, day, None)


def _disbursement(chance: random.Random, number: int, day: str) -> QueueItem:
    """Return a group of payments of a month, or of a quarter and a pool."""
    amounts = sorted(chance.choice(PAYMENTS) for _ in range(chance.randint(11, 20)))
    month = periods.month_of(day)
    fund, period = ("HOUSING", month) if number % 200 else ("ACCESS", periods.quarter_of(month))
    vendor = Vendor(vendor=idem(f"vendor {number}"), total=str(amounts[0]))
    posted = leaves.postings({f"funds:{fund}:disbursed": sum(amounts), leaves.BANK: -sum(amounts)})
    leaf = Leaf(
        kind=Kind.DISBURSEMENT,
        period=period,
        currency=Currency.USD,
        categories=tuple(map(Category, leaves.funds_of(posted))),
        postings=posted,
        group=Group(
            recipients=len(amounts) if number % 300 else 11,
            amounts=tuple(map(str, amounts)),
            root=idem(f"root {number}"),
            vendors=(vendor,) if number % 300 else None,
        ),
    )
    return QueueItem(leaf=leaves.make(leaf), kind=leaf.kind, created_at=AT)


def planned(entries: int, *, seed: int = 1, batch: int = 100) -> Iterator[tuple[Head, Batch]]:
    """Yield the batches of a ledger with at least `entries` entries, each with the head after it.

    Args:
        entries: how many entries are wanted.
        seed: of what is in the ledger.
        batch: how many movements come at once.
    """
    head, sequenced = Head(), dict[str, QueueItem]()
    coming = movements(seed)
    waiting: dict[str, QueueItem] = {}
    while head.size < entries:
        waiting |= dict(islice(coming, batch - len(waiting)))
        plan, _ = batches.plan(head, 1, waiting, sequenced)
        if plan is None:
            raise RuntimeError("Nothing can be sequenced.")
        head = plan.head
        done = {result.idem for result in plan.batch.results}
        sequenced |= {idem: waiting[idem] for idem in done}
        waiting = {idem: item for idem, item in waiting.items() if idem not in done}
        yield head, plan.batch


def fill(entries: int, *, seed: int = 1, batch: int = 100) -> list[Entry]:
    """Store a ledger with at least `entries` entries as the sequencer leaves it; return them.

    The queue is left out: what is in the ledger is never read from there again.
    """
    shown: list[Entry] = []
    for head, made in planned(entries, seed=seed, batch=batch):
        shown += store_batch(made)
        store_head(head)
    return shown


def store_batch(batch: Batch) -> list[Entry]:
    """Store a batch and its entries, and return these."""
    from app.kit import firestore  # reads the environment
    from app.recovery.ledger import store

    shown = batches.entries(batch)
    writes = [store.entries.put(str(entry.index), entry) for entry in shown]
    writes.append(store.batches.put(store.batch_id(batch.number), batch))
    for some in batched(writes, WRITES, strict=False):
        firestore.retrying(partial(firestore.commit, *some))
    return shown


def store_head(head: Head) -> None:
    """Store the head of batches that are stored and swept."""
    from app.kit import firestore  # reads the environment
    from app.recovery.ledger import store
    from app.recovery.ledger.models import Progress

    firestore.commit(
        store.heads.put(store.MAIN, head),
        store.progresses.put(store.MAIN, Progress(swept=head.batches)),
    )


def kinds(entries: Iterable[Entry]) -> set[Kind]:
    """Return the kinds that are among `entries`."""
    return {entry.kind for entry in entries}
