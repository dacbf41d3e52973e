"""Which payments are told of together: nobody can be found, nothing is lost, all adds up."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.money import Currency
from app.recovery.catalog.models import Category
from app.recovery.ledger.models import Kind, QueueItem
from app.recovery.ledger.models.aid import ClearedPayment
from app.recovery.ledger.policy import grouping, leaves
from app.recovery.ledger.policy.grouping import Payments, Plan
from tests.unit.recovery.ledger.gifts import idem
from tests.unit.recovery.ledger.naive_tree import root

AT = datetime(2027, 12, 1, tzinfo=UTC)
MONTHS = [f"2027-{number:02}" for number in range(1, 10)]


def paid(  # noqa: PLR0913, PLR0917  # one payment
    name: str,
    uid: str,
    category: str = "FOOD",
    day: str = "2027-01-15",
    cents: int = 100,
    vendor: str | None = None,
) -> dict[str, ClearedPayment]:
    """Return a payment by id."""
    payment = ClearedPayment(
        uid=uid,
        category=Category(category),
        amount_cents=cents,
        currency=Currency.USD,
        day=day,
        vendor=vendor and idem(vendor),
        commitment=idem(f"commitment of {name}"),
        created_at=AT,
    )
    return {idem(name): payment}


def many(count: int, category: str = "FOOD", day: str = "2027-01-15", **more: Any) -> Payments:
    """Return a payment for each of `count` people, the same ones each time."""
    payments: dict[str, ClearedPayment] = {}
    for number in range(count):
        payments |= paid(f"{category} {day} {number} {more}", f"u{number}", category, day, **more)
    return payments


def told(plan: Plan) -> dict[tuple[str, str], tuple[int, int]]:
    """Return people and cents of each group by period and fund."""
    return {
        (group.period, group.fund): (leaf["group"]["recipients"], group.total_cents)
        for group, leaf in zip(plan.groups.values(), leaves_of(plan.items.values()), strict=True)
    }


def leaves_of(items: Iterable[QueueItem]) -> list[dict[str, Any]]:
    """Return the leaves of queue items, which must be sound."""
    return [json.loads(leaves.make(leaves.read_queued(item))) for item in items]


def test_eleven_people_make_a_group_and_ten_wait() -> None:
    plan = grouping.plan("2027-01", {**many(11), **many(10, "TECH")}, AT)

    assert told(plan) == {("2027-01", "FOOD"): (11, 1100)}
    assert plan.statement is None


def test_eleven_payments_for_ten_people_are_too_few() -> None:
    payments = {**many(10), **paid("once more", "u3")}

    assert told(grouping.plan("2027-01", payments, AT)) == {}


def test_the_leaf_of_a_group() -> None:
    payments = {**many(10, cents=200), **paid("another", "v", cents=50), **paid("more", "v")}
    (item,) = grouping.plan("2027-01", payments, AT).items.values()

    commitments = sorted(payment.commitment for payment in payments.values())
    assert item.kind is Kind.DISBURSEMENT
    assert json.loads(item.leaf) == {
        "v": 1,
        "kind": "DISBURSEMENT",
        "period": "2027-01",
        "currency": "USD",
        "categories": ["FOOD"],
        "postings": [["assets:bank", "-2150"], ["funds:FOOD:disbursed", "2150"]],
        "group": {
            "recipients": 11,
            "amounts": ["50", "100", *["200"] * 10],
            "root": root([bytes.fromhex(commitment) for commitment in commitments]).hex(),
        },
    }


def test_what_a_month_left_is_merged_over_the_quarter_and_then_the_pool() -> None:
    waiting = {
        **many(6, "FOOD", "2027-01-31"),
        **many(5, "MEDICAL", "2027-02-01"),
        **many(7, "TECH", "2027-01-01"),
        **paid("late", "somebody else", "FOOD", "2027-03-31"),
        **{key: p for n in range(4) for key, p in paid(f"t{n}", f"x{n}", "TECH").items()},
        **paid("m", "u99", "CLOTHING", "2027-03-01"),
        **{key: p for n in range(4) for key, p in paid(f"c{n}", f"y{n}", "CLOTHING").items()},
    }

    assert told(grouping.plan("2027-02", waiting, AT)) == {}
    assert told(grouping.plan("2027-03", waiting, AT)) == {
        ("2027-Q1", "TECH"): (11, 1100),
        ("2027-Q1", "ESSENTIALS"): (12, 1700),
    }


def test_housing_and_flex_stand_alone() -> None:
    waiting = {**many(10, "HOUSING"), **many(10, "FLEX", "2027-02-01"), **many(10, "TECH")}

    assert told(grouping.plan("2027-03", waiting, AT)) == {}


def test_what_a_quarter_left_joins_the_next_one_and_never_a_month() -> None:
    waiting = {**many(6, "HOUSING"), **many(11, "HOUSING", "2027-04-15")}
    april = grouping.plan("2027-04", waiting, AT)
    assert told(april) == {("2027-04", "HOUSING"): (11, 1100)}

    (group,) = april.groups.values()
    left = {key: p for key, p in waiting.items() if key not in group.payments}
    left |= {key: p for n in range(5) for key, p in paid(f"j{n}", f"z{n}", "HOUSING").items()}
    assert told(grouping.plan("2027-06", left, AT)) == {("2027-Q2", "HOUSING"): (11, 1100)}


def test_the_statement_is_made_only_where_groups_tell_of_all_of_the_difference() -> None:
    whole = grouping.plan("2027-01", {**many(11), **many(12, "TECH")}, AT).statement
    assert whole is not None
    assert (whole.month, whole.difference_cents) == ("2027-01", 2300)

    assert grouping.plan("2027-01", {**many(11), **many(1, "TECH")}, AT).statement is None
    assert grouping.plan("2027-01", {}, AT).statement is None


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        pytest.param({"A": 10, "": 15}, set(), id="too few"),
        pytest.param({"A": 11}, {"A"}, id="eleven and nobody else"),
        pytest.param({"A": 11, "": 1}, set(), id="one who was helped elsewhere"),
        pytest.param({"A": 11, "": 10}, set(), id="ten elsewhere"),
        pytest.param({"A": 11, "": 11}, {"A"}, id="eleven elsewhere"),
        pytest.param({"A": 12, "B": 11, "C": 5}, {"A"}, id="one hides the rest"),
        pytest.param({"A": 12, "B": 11, "C": 11}, {"A", "B", "C"}, id="all"),
    ],
)
def test_a_vendor_is_told_apart_only_where_it_and_the_rest_hide_people(
    counts: dict[str, int], shown: set[str]
) -> None:
    payments: dict[str, ClearedPayment] = {}
    for vendor, count in counts.items():
        for number in range(count):
            name = f"{vendor} {number}"
            payments |= paid(name, f"person {name}", vendor=vendor or None)

    found = grouping.vendors_of(payments, "2027-Q1") or ()

    assert {vendor.vendor for vendor in found} == {idem(vendor) for vendor in shown}
    assert {vendor.total for vendor in found} == {str(100 * counts[vendor]) for vendor in shown}


def test_the_pseudonym_of_an_earlier_quarter_is_not_shown() -> None:
    payments = {**many(20, vendor="A"), **many(11, day="2027-04-01", vendor="B")}

    assert [v.vendor for v in grouping.vendors_of(payments, "2027-Q2") or ()] == [idem("B")]


def test_too_many_payments_for_an_entry_make_several_groups_without_common_people(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grouping, "MAX_PAYMENTS", 30)
    waiting = {**many(35), **{k: p for n in range(35) for k, p in paid(f"2 {n}", f"u{n}").items()}}

    plan = grouping.plan("2027-01", waiting, AT)

    people = [{waiting[key].uid for key in group.payments} for group in plan.groups.values()]
    assert len(people) == 2
    assert all(len(some) >= 11 for some in people)
    assert not people[0] & people[1]
    assert sum(map(len, people)) == 35


def test_the_greatest_group_fits_an_entry() -> None:
    waiting = {
        key: payment
        for number in range(grouping.MAX_PAYMENTS)
        for key, payment in paid(f"{number}", f"u{number}", cents=10**9).items()
    }

    (item,) = grouping.plan("2027-01", waiting, AT).items.values()

    assert len(item.leaf) < leaves.MAX_LEAF_BYTES


@dataclass
class History:
    """Payments over some months, some known late, and the groups that were made of them."""

    every: dict[str, ClearedPayment]
    waiting: dict[str, ClearedPayment] = field(default_factory=dict)
    groups: list[tuple[frozenset[str], dict[str, Any]]] = field(default_factory=list)
    """Which payments each group holds, and its leaf."""

    def people(self, keys: Iterable[str]) -> set[str]:
        return {self.every[key].uid for key in keys}

    def group(self, month: str) -> None:
        """Make the groups of a month; of a payment in a second group there is nothing to delete."""
        plan = grouping.plan(month, self.waiting, AT)
        assert plan == grouping.plan(month, dict(reversed(self.waiting.items())), AT)
        for planned, leaf in zip(plan.groups.values(), leaves_of(plan.items.values()), strict=True):
            self.groups.append((frozenset(planned.payments), leaf))
            for key in planned.payments:
                del self.waiting[key]
        assert plan.statement is None or not self.waiting


def lived(seed: int, count: int, people: int) -> History:
    """Return a history of `count` payments for some of so many people."""
    random = Random(seed)  # noqa: S311  # a history, no secret
    funds = random.sample([c for c in Category if c is not Category.OPERATIONS], 4)
    known: dict[str, dict[str, ClearedPayment]] = {month: {} for month in MONTHS}
    for number in range(count):
        cleared = random.randrange(len(MONTHS))
        late = min(len(MONTHS) - 1, cleared + random.choice([0, 0, 0, 1, 3]))
        vendor = random.choice([None, "A", "A", "B"])
        uid, cents = f"u{random.randrange(people)}", random.randint(1, 500)
        day = f"{MONTHS[cleared]}-{random.randint(1, 28):02}"
        known[MONTHS[late]] |= paid(
            str(number), uid, random.choice(funds), day, cents, vendor=vendor
        )
    history = History({key: p for found in known.values() for key, p in found.items()})
    for month in MONTHS:
        history.waiting |= known[month]
        history.group(month)
    return history


LIVES = given(st.integers(0, 2**32), st.integers(100, 500), st.integers(5, 60))


@settings(max_examples=40, deadline=None)
@LIVES
def test_every_payment_is_told_of_once_to_the_cent_or_waits(
    seed: int, count: int, people: int
) -> None:
    history = lived(seed, count, people)

    told_of = [key for members, _ in history.groups for key in members]
    assert sorted([*told_of, *history.waiting]) == sorted(history.every)
    for members, leaf in history.groups:
        payments = [history.every[key] for key in members]
        cents = sorted(payment.amount_cents for payment in payments)
        assert leaf["group"]["amounts"] == list(map(str, cents))
        assert dict(leaf["postings"])["assets:bank"] == str(-sum(cents))
        assert {payment.category for payment in payments} <= set(leaf["categories"])
        assert all(payment.day[:7] <= last_month(leaf["period"]) for payment in payments)
    for categories in ({"FOOD", "MEDICAL", "CLOTHING"}, {"TECH", "TRANSPORT", "IDENTITY"}):
        waits = (key for key, p in history.waiting.items() if p.category in categories)
        assert len(history.people(waits)) < 11, "waits without need"


@settings(max_examples=40, deadline=None)
@LIVES
def test_no_sum_or_difference_of_what_is_told_is_of_one_to_ten_people(
    seed: int, count: int, people: int
) -> None:
    history = lived(seed, count, people)

    sets = [members for members, _ in history.groups]
    for members, leaf in history.groups:
        assert leaf["group"]["recipients"] == len(history.people(members)) >= 11
    for some, more in combinations(sets, 2):
        assert not some & more  # so that what any sum or difference is about is whole groups
    for some, more in list(combinations(sets, 2))[:100]:
        for found in (some | more, some ^ more, some - more):
            assert len(history.people(found)) >= 11


@settings(max_examples=40, deadline=None)
@LIVES
def test_no_vendor_tells_of_one_to_ten_people(seed: int, count: int, people: int) -> None:
    history = lived(seed, count, people)

    for members, leaf in history.groups:
        vendors = {v["vendor"]: int(v["total"]) for v in leaf["group"].get("vendors", ())}
        rest = set(members)
        for pseudonym, total in vendors.items():
            of = {
                key
                for key in members
                if history.every[key].vendor == pseudonym and in_quarter(history.every[key], leaf)
            }
            assert sum(history.every[key].amount_cents for key in of) == total
            assert len(history.people(of)) >= 11
            rest -= of
        if vendors:
            assert not rest or len(history.people(rest)) >= 11


def last_month(period: str) -> str:
    """Return the last month of a month or quarter."""
    year, part = period.split("-")
    return period if "Q" not in part else f"{year}-{3 * int(part[1]):02}"


def in_quarter(payment: ClearedPayment, leaf: dict[str, Any]) -> bool:
    """Whether a payment cleared in the quarter that a group's period is, or is part of."""
    quarter = (int(last_month(leaf["period"])[5:]) - 1) // 3
    return (int(payment.day[5:7]) - 1) // 3 == quarter
