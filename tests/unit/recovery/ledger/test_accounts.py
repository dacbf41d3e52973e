"""What an item does to the balances: never a fund below zero, never a fact refused."""

from typing import Any

import pytest

from app.recovery.catalog.models import Category
from app.recovery.ledger.models import Kind, QueueItem, State
from app.recovery.ledger.policy import accounts, leaves
from app.recovery.ledger.policy.accounts import Books
from tests.unit.recovery.ledger.gifts import donation, idem, refund

GIFTED = donation("gift", {"FOOD": 1})
GIFT = {idem("gift"): GIFTED}
BOOKS = Books({"x": 1}, {"y": 2})


def after(*items: QueueItem) -> Books:
    """Return the books after `items`, none of which is held or rejected."""
    books = Books({}, {})
    for item in items:
        outcome = accounts.apply(books, item, GIFT)
        assert outcome.state is State.SEQUENCED
        books = outcome.books
    return books


def test_a_donation_fills_its_funds_with_what_is_left_of_it() -> None:
    balances = after(donation("gift", {"FOOD": 4500, "TECH": 15000}, fee=596)).public

    assert accounts.fund(balances, Category.FOOD) == 3904
    assert accounts.fund(balances, Category.TECH) == 15000
    assert accounts.fund(balances, Category.FLEX) == 0
    assert balances[leaves.CLEARING] == 18904


def test_a_refund_within_the_fund_needs_no_cover() -> None:
    outcome = accounts.apply(
        after(donation("gift", {"FOOD": 4500})),
        refund("back", "gift", {"FOOD": 4500}),
        GIFT,
    )

    assert [entry.kind for entry in outcome.entries] == [Kind.REFUND]
    assert accounts.fund(outcome.books.public, Category.FOOD) == 0
    assert leaves.CLEARING not in outcome.books.public


@pytest.mark.parametrize(
    ("flex", "postings"),
    [
        pytest.param(
            500,
            {"funds:FLEX:covers": 159, "funds:FOOD:covers": -159},
            id="FLEX has more than enough",
        ),
        pytest.param(
            159, {"funds:FLEX:covers": 159, "funds:FOOD:covers": -159}, id="FLEX has just enough"
        ),
        pytest.param(
            158,
            {"funds:FLEX:covers": 158, "funds:FOOD:covers": -159, "liabilities:shortfall": 1},
            id="FLEX lacks a cent",
        ),
    ],
)
def test_the_fee_of_a_refunded_gift_is_covered_from_flex(
    flex: int, postings: dict[str, int]
) -> None:
    before = after(donation("gift", {"FOOD": 4500}, fee=159), donation("flex", {"FLEX": flex}))

    outcome = accounts.apply(before, refund("back", "gift", {"FOOD": 4500}), GIFT)

    cover, back = outcome.entries
    assert (cover.kind, back.kind) == (Kind.COVER, Kind.REFUND)
    assert {account: int(amount) for account, amount in cover.postings} == postings
    assert cover.categories == (Category.FLEX, Category.FOOD)
    assert accounts.fund(outcome.books.public, Category.FOOD) == 0
    assert accounts.fund(outcome.books.public, Category.FLEX) == max(0, flex - 159)


@pytest.mark.parametrize("category", ["FLEX", "OPERATIONS", "FOOD"])
def test_without_money_that_may_cover_it_a_shortfall_shows(category: str) -> None:
    rich = {"OPERATIONS": 900} if category != "OPERATIONS" else {"FLEX": 900}
    before = after(donation("gift", {category: 4500}, fee=159), donation("rich", rich))

    outcome = accounts.apply(before, refund("back", "gift", {category: 4500}), GIFT)

    assert outcome.books.public["liabilities:shortfall"] == 159
    assert accounts.fund(outcome.books.public, Category(next(iter(rich)))) == 900


def test_flex_covers_only_what_its_own_part_of_the_refund_leaves() -> None:
    before = after(donation("gift", {"FOOD": 100, "FLEX": 100}, fee=60))

    outcome = accounts.apply(before, refund("back", "gift", {"FOOD": 100, "FLEX": 70}), GIFT)

    assert outcome.books.public["liabilities:shortfall"] == 30
    assert accounts.fund(outcome.books.public, Category.FLEX) == 0
    assert accounts.fund(outcome.books.public, Category.FOOD) == 0


def test_a_refund_waits_for_its_gift() -> None:
    outcome = accounts.apply(BOOKS, refund("back", "gift", {"FOOD": 1}), {idem("another"): GIFTED})

    assert (outcome.state, outcome.books, outcome.entries) == (State.HELD, BOOKS, ())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"leaf": b"\xff"}, "schema", id="no text"),
        pytest.param({"kind": Kind.REFUND}, "kind", id="another kind"),
        pytest.param(
            {"leaf": donation("gift", {"FOOD": 2}).leaf.replace(b'"2"', b'"3"')},
            "does not sum to zero",
            id="unbalanced",
        ),
    ],
)
def test_an_unsound_item_is_rejected_and_changes_nothing(
    change: dict[str, Any], reason: str
) -> None:
    item = donation("gift", {"FOOD": 1}).model_copy(update=change)

    outcome = accounts.apply(BOOKS, item, {})

    assert (outcome.state, outcome.reason) == (State.REJECTED, reason)
    assert (outcome.books, outcome.entries) == (BOOKS, ())


def test_nobody_queues_a_cover_or_an_entry_without_commitment() -> None:
    gift = donation("gift", {"FOOD": 1})
    bare = leaves.read(gift.leaf).model_copy(update={"commitment": None})
    cover = bare.model_copy(
        update={
            "kind": Kind.COVER,
            "postings": leaves.postings({"funds:FOOD:covers": -1, leaves.SHORTFALL: 1}),
        }
    )

    for leaf, reason in ((bare, "commitment"), (cover, "kind")):
        queued = gift.model_copy(update={"leaf": leaves.make(leaf), "kind": leaf.kind})
        assert accounts.apply(Books({}, {}), queued, {}).reason == reason
