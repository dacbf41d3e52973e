"""What gifts sum up to: each counts once, as it is now, whatever came before."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.money import Currency
from app.platform.payments.models.documents import PLATFORM, Payment, PaymentState, Reference
from app.recovery.catalog.models import Category
from app.recovery.donations.models.dashboard import DonorTotals, YearTotals
from app.recovery.donations.models.gifts import Counted, Donation
from app.recovery.donations.policy import totals
from tests.unit.recovery.donations.test_policy import DONATION, NOW

GIFTS = [
    DONATION.model_copy(update={"allocation": allocation})
    for allocation in (
        {Category.FOOD: 4_500},
        {Category.HOUSING: 12_500, Category.FLEX: 1_234},
        {Category.TECH: 1, Category.FOOD: 1, Category.FLEX: 1},
    )
]


@st.composite
def payment(draw: st.DrawFn) -> Payment:
    captured = draw(st.sampled_from([0, 1, 100, 13_734]))
    refunded = draw(st.integers(0, captured))
    return Payment(
        account=PLATFORM,
        state=PaymentState.SUCCEEDED,
        captured_cents=captured,
        refunded_cents=refunded,
        disputed_cents=draw(st.integers(0, captured - refunded)),
        fee_cents=draw(st.none() | st.integers(0, 400)),
        captured_at=NOW + timedelta(days=draw(st.sampled_from([0, 60]))),
        currency=Currency.USD,
        reference=Reference(kind="donation", id="d"),
        updated_at=NOW,
    )


def summed(counted: Sequence[Counted | None]) -> dict[int, YearTotals]:
    """Return the sums of what gifts count, by year, added up the plain way."""
    years: dict[int, YearTotals] = {}
    for one in filter(None, counted):
        year = years.get(one.year, YearTotals(year=one.year, currency=one.currency))
        years[one.year] = YearTotals(
            year=one.year,
            currency=one.currency,
            gifts=year.gifts + 1,
            captured_cents=year.captured_cents + one.captured_cents,
            refunded_cents=year.refunded_cents + one.refunded_cents,
            disputed_cents=year.disputed_cents + one.disputed_cents,
            fee_cents=year.fee_cents + one.fee_cents,
            allocation={
                fund: year.allocation.get(fund, 0) + one.allocation.get(fund, 0)
                for fund in Category
                if year.allocation.get(fund, 0) + one.allocation.get(fund, 0)
            },
        )
    return years


@given(story=st.lists(st.tuples(st.integers(0, 2), st.lists(payment(), max_size=2)), max_size=30))
def test_the_totals_are_the_sums_of_what_the_gifts_count_now(
    story: list[tuple[int, list[Payment]]],
) -> None:
    sums, counted = DonorTotals(), list[Counted | None]([None] * len(GIFTS))
    for which, payments in story:
        after = totals.counted(GIFTS[which], payments)
        sums = totals.moved(sums, counted[which], after)
        counted[which] = after
        # The same again: nothing has changed, so nothing is moved.
        sums = totals.moved(sums, after, totals.counted(GIFTS[which], payments))

    assert {year.year: year for year in sums.years} == summed(counted)


@given(payments=st.lists(payment(), min_size=1, max_size=2))
def test_what_the_funds_keep_is_what_is_left(payments: list[Payment]) -> None:
    for gift in GIFTS:
        counted = totals.counted(gift, payments)
        if counted is None:
            assert not any(one.captured_cents for one in payments)
            continue
        left = counted.captured_cents - counted.refunded_cents - counted.disputed_cents
        assert sum(counted.allocation.values()) == max(0, left)


@pytest.mark.parametrize(
    ("at", "year"),
    [
        (datetime(2027, 1, 1, 6, 59, 59, tzinfo=UTC), 2026),
        (datetime(2027, 1, 1, 7, 0, tzinfo=UTC), 2027),
    ],
)
def test_a_gift_is_of_the_year_in_which_money_came_at_the_charity(at: datetime, year: int) -> None:
    counted = totals.counted(DONATION, [_paid(captured_at=at)])

    assert counted is not None
    assert counted.year == year


def test_views_are_altogether_and_by_year_the_latest_first() -> None:
    sums = DonorTotals()
    for at, refunded in ((NOW, 0), (NOW, 100), (NOW + timedelta(days=60), 4_500)):
        paid = _paid(captured_at=at, refunded_cents=refunded, fee_cents=161)
        sums = totals.moved(sums, None, totals.counted(DONATION, [paid]))

    shown = [
        (view.year, view.gifts, view.gross_cents, view.refunded_cents, view.net_cents)
        for view in totals.views(sums)
    ]
    assert shown == [
        (None, 3, 13_500, 4_600, 8_900),
        (2027, 1, 4_500, 4_500, 0),
        (2026, 2, 9_000, 100, 8_900),
    ]
    assert [view.fee_cents for view in totals.views(sums)] == [483, 161, 322]
    (food,) = totals.allocation(sums)
    assert (food.category, food.cents) == (Category.FOOD, 8_900)


def test_a_gift_that_is_not_paid_counts_nothing() -> None:
    assert totals.counted(DONATION, []) is None
    assert totals.counted(DONATION, [_paid(captured_cents=0)]) is None
    assert list(totals.views(DonorTotals())) == []


def _paid(gift: Donation = DONATION, **changed: object) -> Payment:
    paid = Payment(
        account=PLATFORM,
        state=PaymentState.SUCCEEDED,
        captured_cents=gift.amount_cents,
        refunded_cents=0,
        fee_cents=None,
        captured_at=NOW,
        currency=Currency.USD,
        reference=Reference(kind="donation", id="d"),
        updated_at=NOW,
    )
    return paid.model_copy(update=changed)
