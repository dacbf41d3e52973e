"""What a gift costs, which funds it feeds, and what its payments make of it."""

import itertools
import json
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.kit.errors import InvalidArgumentError
from app.kit.money import Currency
from app.platform.payments.models.documents import PLATFORM, Payment, PaymentState, Reference
from app.recovery.catalog.models import Category
from app.recovery.catalog.policy import ITEMS
from app.recovery.donations.models.gifts import ChosenItem, CreateCheckout, Donation
from app.recovery.donations.policy import following, pricing

KEY = "00000000-0000-4000-8000-000000000000"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
DONATION = Donation(
    uid="donor",
    items=(ChosenItem(item_id="food", quantity=1),),
    custom_amount_cents=None,
    allocation={Category.FOOD: 4_500},
    fee_cover_cents=0,
    amount_cents=4_500,
    currency=Currency.USD,
    anonymous=False,
    state=PaymentState.CREATED,
    checkout_session_id="cs_1",
    created_at=NOW,
    sealed={},
)


def request(
    *items: tuple[str, int], custom: int | None = None, cover: bool = False
) -> CreateCheckout:
    return CreateCheckout(
        idempotency_key=KEY,
        items=tuple(ChosenItem(item_id=i, quantity=quantity) for i, quantity in items),
        custom_amount_cents=custom,
        cover_fee=cover,
    )


@pytest.mark.parametrize(
    ("net_cents", "basis_points", "gross_cents"),
    [
        pytest.param(10_000, 290, 10_330, id="$100 at 2.9 %"),
        pytest.param(10_000, 220, 10_256, id="$100 at 2.2 %"),
        pytest.param(100, 290, 134, id="the least gift"),
        pytest.param(1_000_000, 290, 1_029_898, id="the greatest custom amount"),
        pytest.param(9_680, 290, 10_000, id="exactly, with nothing to round"),
        pytest.param(9_681, 290, 10_002, id="one cent past it"),
    ],
)
def test_fee_cover(net_cents: int, basis_points: int, gross_cents: int) -> None:
    assert pricing.with_fee_covered(net_cents, basis_points) == gross_cents


@given(net=st.integers(1, 10**9), basis_points=st.integers(1, 9_999))
def test_the_fee_cover_is_the_least_that_is_enough(net: int, basis_points: int) -> None:
    def left_of(gross: int) -> Fraction:
        return gross - gross * Fraction(basis_points, 10_000) - 30

    gross = pricing.with_fee_covered(net, basis_points)

    assert left_of(gross) >= net > left_of(gross - 1)


def test_a_gift_is_priced_from_the_catalogue() -> None:
    gift = pricing.price(request(("housing", 2), ("bus", 1), ("custom", 3), custom=1_234))

    assert gift.allocation == {
        Category.HOUSING: 25_000,
        Category.TRANSPORT: 3_500,
        Category.FLEX: 3_000 + 1_234,
    }
    assert (gift.amount_cents, gift.fee_cover_cents) == (32_734, 0)


def test_covering_the_fee_adds_a_line_and_feeds_no_fund() -> None:
    gift = pricing.price(request(custom=10_000, cover=True))

    assert (gift.amount_cents, gift.fee_cover_cents) == (10_330, 330)
    assert gift.allocation == {Category.FLEX: 10_000}
    assert [line.unit_amount_cents for line in gift.lines] == [10_000, 330]


@given(
    chosen=st.dictionaries(
        st.sampled_from(sorted(ITEMS.keys() - {"operations"})), st.integers(1, 10)
    ),
    custom=st.none() | st.integers(100, 1_000_000),
    cover=st.booleans(),
)
def test_the_parts_of_a_gift_sum_to_what_is_paid(
    *, chosen: dict[str, int], custom: int | None, cover: bool
) -> None:
    if not chosen and custom is None:
        return
    gift = pricing.price(request(*chosen.items(), custom=custom, cover=cover))

    assert sum(line.unit_amount_cents * line.quantity for line in gift.lines) == gift.amount_cents
    assert sum(gift.allocation.values()) + gift.fee_cover_cents == gift.amount_cents


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        pytest.param(request(), "items", id="nothing"),
        pytest.param(request(("yacht", 1)), "items.0.itemId", id="unknown item"),
        pytest.param(request(("bus", 1), ("bus", 2)), "items.1.itemId", id="twice"),
        pytest.param(
            request(("bus", 1), ("operations", 1)), "items.1.itemId", id="operations with aid"
        ),
        pytest.param(
            request(("operations", 1), ("bus", 1)), "items.0.itemId", id="aid with operations"
        ),
        pytest.param(
            request(("operations", 1), custom=500), "items.0.itemId", id="operations with FLEX"
        ),
    ],
)
def test_refusals_name_the_field(wanted: CreateCheckout, field: str) -> None:
    with pytest.raises(InvalidArgumentError) as refusal:
        pricing.price(wanted)

    assert [problem["field"] for problem in refusal.value.details] == [field]


def test_running_costs_can_be_given_to_alone_and_with_the_fee() -> None:
    gift = pricing.price(request(("operations", 10), cover=True))

    assert gift.allocation == {Category.OPERATIONS: 15_000}


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("customAmountCents", (100, 1_000_000), (99, 1_000_001, 0, -100, 100.5, "100")),
        ("dedication", ("", "ñ" * 500, "😀" * 500), ("x" * 501, 7)),
    ],
)
def test_limits(field: str, good: tuple[object, ...], bad: tuple[object, ...]) -> None:
    wanted = {"idempotencyKey": KEY, "items": [{"itemId": "bus", "quantity": 1}]}
    for value in good:
        CreateCheckout.model_validate_json(_json(wanted | {field: value}))
    for value in bad:
        with pytest.raises(ValidationError) as refusal:
            CreateCheckout.model_validate_json(_json(wanted | {field: value}))
        assert [error["loc"] for error in refusal.value.errors()] == [(field,)]


@pytest.mark.parametrize("quantity", [0, 11, -1, 1.5, True, None])
def test_a_quantity_is_from_1_to_10(quantity: object) -> None:
    with pytest.raises(ValidationError):
        ChosenItem.model_validate_json(_json({"itemId": "bus", "quantity": quantity}))
    assert ChosenItem.model_validate_json('{"itemId": "bus", "quantity": 10}').quantity == 10


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), "created"),
        (("pending",), "pending"),
        (("failed", "expired"), "expired"),
        (("canceled", "expired"), "expired"),
        (("expired", "succeeded"), "succeeded"),
        (("processing", "expired"), "processing"),
        (("refunded", "expired"), "refunded"),
    ],
)
def test_the_state_of_a_gift_is_that_of_its_payments(
    states: tuple[str, ...], expected: str
) -> None:
    for order in itertools.permutations(states):
        followed = following.follow(DONATION, [_payment(PaymentState(state)) for state in order])
        assert followed.state == expected


def test_a_refund_that_failed_brings_the_gift_back() -> None:
    refunded = following.follow(DONATION, [_payment(PaymentState.REFUNDED)])

    assert following.follow(refunded, [_payment(PaymentState.SUCCEEDED)]).state == "succeeded"


def _payment(state: PaymentState) -> Payment:
    return Payment(
        account=PLATFORM,
        state=state,
        captured_cents=0,
        refunded_cents=0,
        fee_cents=None,
        currency=Currency.USD,
        reference=Reference(kind="donation", id="d1"),
        updated_at=NOW,
    )


def _json(value: object) -> str:
    return json.dumps(value)
