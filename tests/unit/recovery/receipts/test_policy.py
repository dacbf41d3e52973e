"""Receipts and statements follow the money, in whatever order it is heard of."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.platform.payments.models.documents import Movement
from app.recovery.receipts.policy import receipts, statements
from tests.unit.recovery.receipts.samples import (
    AT,
    ISSUER,
    captured,
    followed,
    movement,
    receipt,
    waiting,
)

if TYPE_CHECKING:
    from app.recovery.receipts.models.receipts import Receipt
    from app.recovery.receipts.models.statements import Statement


@pytest.mark.parametrize(
    ("given_at", "year"),
    [
        (datetime(2027, 1, 1, 6, 59, 59, tzinfo=UTC), 2026),
        (datetime(2027, 1, 1, 7, 0, 0, tzinfo=UTC), 2027),
        (datetime(2026, 1, 1, 6, 59, 59, tzinfo=UTC), 2025),
        (datetime(2026, 7, 1, 12, tzinfo=UTC), 2026),
    ],
)
def test_a_gift_belongs_to_the_year_in_denver(given_at: datetime, year: int) -> None:
    found = receipt(captured(100, at=given_at), place=7)

    assert found.year == year
    assert found.number == f"SW-{year}-000007"


def test_a_refund_makes_a_second_version_under_the_same_number() -> None:
    found = receipt(captured(25_000), movement("refunded", "re_1", 4_000))

    assert found.number == "SW-2026-000123"
    assert [len(version.reversals) for version in found.versions] == [0, 1]
    assert (found.amount_cents, found.reversed_cents) == (25_000, 4_000)


@pytest.mark.parametrize(
    ("kinds", "left"),
    [
        (("refunded",), 21_000),
        (("refunded", "refund_failed"), 25_000),
        (("dispute_opened",), 25_000),
        (("dispute_opened", "dispute_won"), 25_000),
        (("dispute_opened", "dispute_lost"), 21_000),
        (("dispute_opened", "dispute_lost", "dispute_won"), 25_000),
    ],
)
def test_only_what_went_back_for_good_is_taken_off(kinds: tuple[str, ...], left: int) -> None:
    moved = [movement(kind, "object_1", 4_000) for kind in kinds]
    found = receipt(captured(25_000), *moved)

    assert found.amount_cents - found.reversed_cents == left
    assert len(found.versions) == 1 + (left != 25_000)


def test_no_more_goes_back_than_was_paid() -> None:
    """A bank can take back all of a payment of which a part was refunded before."""
    twice = movement("refunded", "re_1", 4_000), movement("dispute_lost", "dp_1", 25_000)
    found = receipt(captured(25_000), *twice)

    assert found.reversed_cents == 25_000
    assert statements.lines([found])[0].reversed_cents == 25_000


def test_a_refund_that_fails_later_gives_the_whole_gift_back_in_a_third_version() -> None:
    refunded = [captured(25_000), movement("refunded", "re_1", 25_000)]
    found = followed(receipt(*refunded), [*refunded, movement("refund_failed", "re_1", 25_000)], 2)

    assert [len(version.reversals) for version in found.versions] == [0, 1, 0]
    assert found.reversed_cents == 0


def test_a_receipt_whose_money_did_not_move_again_stays_as_it_is() -> None:
    movements = [captured(25_000), movement("refunded", "re_1", 4_000)]
    found = receipt(*movements)

    assert followed(found, [*movements, *movements], days=9) == found


def test_a_receipt_without_a_number_takes_refunds_in_its_first_version() -> None:
    changed = followed(
        waiting(captured(25_000)), [captured(25_000), movement("refunded", "re_1", 4_000)]
    )

    assert changed.versions == ()
    (version,) = receipts.numbered(changed, 1, ISSUER, AT).versions
    assert [reversal.cents for reversal in version.reversals] == [4_000]


def test_what_is_bought_is_no_gift() -> None:
    assert receipts.payment_of(captured(99_00)) == "pi_1"
    monthly = movement("captured", "pi_1", 99_00, reference="monthly_gift")
    assert receipts.payment_of(monthly) == "pi_1"
    for kind in ("membership", "transfer", "booking"):
        bought = movement("captured", "pi_1", 99_00, reference=kind)  # the Partner network's price
        assert receipts.payment_of(bought) is None


def test_payments_have_receipts_of_their_own() -> None:
    assert receipts.receipt_id("pi_1") != receipts.receipt_id("pi_2")


CENTS = st.integers(1, 1_000_000)
BACK = {
    "a refund": ("refunded",),
    "a refund that failed": ("refunded", "refund_failed"),
    "a dispute that is open": ("dispute_opened",),
    "a dispute that was won": ("dispute_opened", "dispute_won"),
    "a dispute that was lost": ("dispute_opened", "dispute_lost"),
}
GONE = {"a refund", "a dispute that was lost"}


@dataclass
class History:
    """The payments of a year: what moved for each, and what of it was kept in the end."""

    moved: dict[str, list[Movement]] = field(default_factory=dict)
    kept_cents: int = 0


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Return a history in which never more went back than came."""
    told = History()
    for number in range(draw(st.integers(0, 5))):
        payment_id, left = f"pi_{number}", draw(CENTS)
        at = AT - timedelta(days=draw(st.integers(0, 300)))
        moved = told.moved[payment_id] = [captured(left, payment_id, at)]
        for turn in range(draw(st.integers(0, 4))):
            if left:
                what, cents = draw(st.sampled_from(sorted(BACK))), draw(st.integers(1, left))
                moved += [
                    movement(kind, f"re_{number}x{turn}", cents, payment_id=payment_id, at=at)
                    for kind in BACK[what]
                ]
                left -= cents if what in GONE else 0
        told.kept_cents += left
    return told


@settings(max_examples=1000 if os.environ.get("NIGHTLY") else 60, deadline=None)
@given(histories(), st.data())
def test_a_statement_is_the_sum_of_receipts_less_what_went_back(
    told: History, data: st.DataObject
) -> None:
    found: dict[str, Receipt] = {}
    statement: Statement | None = None
    for place, (payment_id, moved) in enumerate(told.moved.items(), 1):
        found[payment_id] = receipt(moved[0], place=place)
        statement = statements.touched(statement, found[payment_id], AT)
        for _ in range(3):  # any part, in any order, any number of times
            heard = data.draw(st.lists(st.sampled_from(moved)))
            found[payment_id] = followed(found[payment_id], heard)
            if data.draw(st.booleans()):
                listed = statements.lines(found.values())
                statement = statements.issued(statement, listed, ISSUER, AT)
        found[payment_id] = followed(found[payment_id], data.draw(st.permutations(moved)))
    if statement is None:
        return
    last = statements.issued(statement, statements.lines(found.values()), ISSUER, AT).versions[-1]

    assert statements.total_cents(last) == told.kept_cents
    assert last.received_cents == sum(receipt.amount_cents for receipt in found.values())
    assert last.reversed_cents == sum(receipt.reversed_cents for receipt in found.values())


@settings(max_examples=30, deadline=None)
@given(st.permutations([captured(9), *(movement("refunded", f"re_{n}", 1) for n in range(4))]))
def test_the_order_of_what_is_heard_does_not_matter(heard: list[Movement]) -> None:
    assert receipts.reversals(heard) == receipts.reversals(sorted(heard, key=str))


def test_statements_are_due_in_january_and_again_after_a_correction() -> None:
    issued_at = datetime(2027, 1, 5, 16, tzinfo=UTC)  # nine in the morning in Denver
    before = receipt(captured(25_000))
    statement = statements.touched(None, before, AT)
    assert statement.due_at == issued_at
    assert statement.ends_at == datetime(2027, 1, 1, 7, tzinfo=UTC)

    first = statements.issued(statement, statements.lines([before]), ISSUER, issued_at)
    assert first.due_at is None
    assert statements.issued(first, first.lines, ISSUER, issued_at) == first

    march = datetime(2027, 3, 1, tzinfo=UTC)
    after = followed(before, [captured(25_000), movement("refunded", "re_1", 4_000)])
    due = statements.touched(first, after, march)
    assert due.due_at == march
    second = statements.issued(due, statements.lines([after]), ISSUER, march)
    assert [statements.total_cents(version) for version in second.versions] == [25_000, 21_000]


def test_a_receipt_without_a_number_is_in_no_statement() -> None:
    assert statements.lines([waiting(captured(100))]) == ()


def test_a_statement_lists_receipts_by_the_time_of_the_gift() -> None:
    early, late = AT.replace(month=2), AT.replace(month=3)
    listed = statements.lines(
        [receipt(captured(2, "pi_2", late), place=1), receipt(captured(1, "pi_1", early), place=2)]
    )

    assert [line.number for line in listed] == ["SW-2026-000002", "SW-2026-000001"]
