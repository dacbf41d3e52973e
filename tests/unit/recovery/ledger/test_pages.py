"""Which entries a page shows, and which of their balances."""

import pytest

from app.kit.errors import InvalidArgumentError
from app.kit.wire import parse
from app.recovery.catalog.models import Category
from app.recovery.ledger.models import Head, Kind, Posting
from app.recovery.ledger.models.reads import Filter, ReadPage
from app.recovery.ledger.policy import batches, leaves, pages
from tests.unit.recovery.ledger.gifts import donation, idem

GIFT = donation("a", {"FOOD": 100, "TECH": 50}, fee=3, day="2027-01-15")


def test_an_entry_passes_the_filters_of_its_funds_its_kind_and_its_periods() -> None:
    filters = pages.filters(leaves.read(GIFT.leaf))

    assert sorted([*filters, "ALL"]) == sorted(
        f"{fund}{kind}{period}"
        for fund in ("ALL", "FOOD", "TECH")
        for kind in ("", "_DONATION")
        for period in ("", "_2027", "_2027_Q1", "_2027_01")
    )
    food = Category.FOOD
    assert pages.filter_name(Filter()) is None
    assert pages.filter_name(Filter(category=food, period="2027-01")) in filters
    assert pages.filter_name(Filter(category=food, kind=Kind.DONATION, period="2027")) in filters
    assert pages.filter_name(Filter(category=food, period="2027-02")) not in filters
    assert pages.filter_name(Filter(kind=Kind.REFUND)) not in filters
    assert pages.filter_name(Filter(category=Category.FLEX)) not in filters


def test_no_two_filters_have_one_name() -> None:
    wanted = [
        Filter(category=category, kind=kind, period=period)
        for category in (None, *Category)
        for kind in (None, *Kind)
        for period in (None, "2027", "2027-01")
    ]

    assert len({pages.filter_name(one) for one in wanted}) == len(wanted)


def test_a_page_ends_with_a_cursor_only_where_more_follows() -> None:
    plan, _ = batches.plan(Head(), 1, {idem(n): donation(n, {"FOOD": 1}) for n in "abc"}, {})
    assert plan is not None
    newest_first = batches.entries(plan.batch)[::-1]

    first = pages.page(ReadPage(limit=2), newest_first, 3)
    assert ([entry.index for entry in first.items], first.size, first.next_cursor) == (
        [2, 1],
        3,
        "1",
    )

    last = pages.page(ReadPage(limit=2, cursor="1"), newest_first[2:], 3)
    assert ([entry.index for entry in last.items], last.next_cursor) == ([0], None)


def test_a_filtered_page_shows_the_balance_of_that_fund_alone() -> None:
    plan, _ = batches.plan(Head(), 1, {idem("a"): GIFT}, {})
    assert plan is not None
    entries = batches.entries(plan.batch)

    (everything,) = pages.page(ReadPage(), entries, 1).items
    (food,) = pages.page(ReadPage(category=Category.FOOD), entries, 1).items

    assert everything.balances == {Category.FOOD: "97", Category.TECH: "50"}
    assert food.balances == {Category.FOOD: "97"}
    assert food.postings == everything.postings == list(leaves.read(GIFT.leaf).postings)
    assert everything.account_balances == food.account_balances == dict(food.postings)
    assert food.postings[0] == Posting("assets:stripe:clearing", "147")


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        pytest.param("category", ["FOOD"], ["food", "", "GOLD"], id="category"),
        pytest.param(
            "period",
            ["2027", "2027-01", "2027-12", "2027-Q1"],
            ["27", "2027-00", "2027-13", "2027-1", "2027-01-01", "2027-Q0", "2027-Q5", ""],
            id="period",
        ),
        pytest.param("kind", ["DONATION", "COVER"], ["donation", "", "GIFT"], id="kind"),
        pytest.param("limit", ["1", "100"], ["0", "101", "x", "", "1.5"], id="limit"),
        pytest.param("cursor", ["0", "1" * 15], ["-1", "a", "", "1" * 16], id="cursor"),
        pytest.param("offset", [], ["1"], id="unknown"),
    ],
)
def test_parameters_are_checked_by_name(field: str, good: list[str], bad: list[str]) -> None:
    for value in good:
        parse(ReadPage, {field: value})
    for value in bad:
        with pytest.raises(InvalidArgumentError) as refusal:
            parse(ReadPage, {field: value})
        assert [problem["field"] for problem in refusal.value.details] == [field]
