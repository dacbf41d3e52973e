"""What clients pay, and what payees get of it: in whole cents that add up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.platform.connect.policy import pricing

PRICES = st.integers(1, 10_000_000)


@pytest.mark.parametrize(
    ("price", "fee"), [(10_000, 1_000), (1, 0), (4, 0), (5, 1), (14, 1), (15, 2), (9_995, 1_000)]
)
def test_the_fee_is_a_tenth_on_top_half_a_cent_rounded_up(price: int, fee: int) -> None:
    assert pricing.charge(price) == pricing.Charge(price, fee, price + fee)


@settings(deadline=None)
@given(PRICES)
def test_a_charge_is_the_transfer_and_the_fee(price: int) -> None:
    charge = pricing.charge(price)

    assert charge.amount_cents == charge.price_cents + charge.fee_cents
    assert abs(10 * charge.fee_cents - price) <= 5
    assert pricing.share(price, charge.amount_cents, charge.amount_cents) == price


@pytest.mark.parametrize("price", [0, -1])
def test_nothing_is_not_a_price(price: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        pricing.charge(price)


@settings(deadline=None)
@given(PRICES, st.data())
def test_what_is_left_of_a_charge_is_split_in_its_proportion(
    price: int, data: st.DataObject
) -> None:
    amount = pricing.charge(price).amount_cents
    kept = data.draw(st.integers(0, amount))
    mine = pricing.share(price, amount, kept)

    assert 0 <= mine <= kept
    assert 0 <= price * kept - mine * amount < amount  # less than a cent, the platform's
    assert (mine == 0) == (price * kept < amount)


@settings(deadline=None)
@given(PRICES, st.data())
def test_the_less_is_left_the_less_is_the_payee_s(price: int, data: st.DataObject) -> None:
    amount = pricing.charge(price).amount_cents
    more = data.draw(st.integers(0, amount))
    less = data.draw(st.integers(0, more))

    assert pricing.share(price, amount, less) <= pricing.share(price, amount, more)


@settings(deadline=None)
@given(st.lists(PRICES, min_size=1, max_size=24), st.data())
def test_the_payees_of_one_payment_never_get_more_than_is_left_of_it(
    prices: list[int], data: st.DataObject
) -> None:
    amount = sum(pricing.charge(price).amount_cents for price in prices)
    kept = data.draw(st.integers(0, amount))

    assert sum(pricing.share(price, amount, kept) for price in prices) <= kept
