"""Splitting money by largest remainder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.money import split

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
