"""Splitting money by largest remainder, and writing it with a point."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.money import Currency, decimal, split

weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=9).filter(any)


@given(st.integers(0, 10**9), weights)
def test_the_parts_sum_to_the_whole_and_none_is_a_unit_off(amount: int, by: list[int]) -> None:
    parts = split(amount, by)

    assert sum(parts) == amount
    assert all(
        abs(part * sum(by) - amount * weight) < sum(by)
        for part, weight in zip(parts, by, strict=True)
    )


@pytest.mark.parametrize(
    ("amount", "by", "parts"),
    [
        pytest.param(100, [1, 1, 1], [34, 33, 33], id="the first of equals takes the rest"),
        pytest.param(10, [0, 3], [0, 10], id="no weight, no part"),
        pytest.param(7, [5], [7], id="one part is the whole"),
    ],
)
def test_examples(amount: int, by: list[int], parts: list[int]) -> None:
    assert split(amount, by) == parts


@pytest.mark.parametrize(("amount", "by"), [(-1, [1]), (1, []), (1, [0]), (1, [2, -1])])
def test_nonsense_is_refused(amount: int, by: list[int]) -> None:
    with pytest.raises(ValueError, match="positive"):
        split(amount, by)


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_a_decimal_is_exact_and_has_all_its_digits(amount: int) -> None:
    text = decimal(amount, Currency.USD)

    assert Decimal(text) * 100 == amount
    assert len(text.partition(".")[2]) == 2
    assert f"{float(text):.2f}" == text, "what JSON has as a number is exact as well"


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0.00"), (1, "0.01"), (-1, "-0.01"), (-99, "-0.99"), (100, "1.00"), (-12345, "-123.45")],
)
def test_a_decimal_of_little(amount: int, text: str) -> None:
    assert decimal(amount, Currency.USD) == text
