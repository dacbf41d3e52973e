"""Answers of the model stand-in satisfy every schema they are made for."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.model.answers import answer
from sandbox.model.text import text

RANDOMS = st.randoms(use_true_random=True)


@given(random=RANDOMS, least=st.integers(0, 400), room=st.integers(0, 400))
def test_text_has_the_wanted_length(random: Random, least: int, room: int) -> None:
    made = text(random, least, least + room)

    assert least <= len(made) <= least + room


@given(random=RANDOMS, least=st.integers(0, 400))
def test_text_without_an_upper_bound_ends_with_its_sentence(random: Random, least: int) -> None:
    made = text(random, least, None)

    assert len(made) >= least
    assert made.endswith(".")


@given(random=RANDOMS, low=st.integers(-50, 50), width=st.integers(0, 50))
def test_numbers_stay_within_their_bounds(random: Random, low: int, width: int) -> None:
    bounds = {"minimum": low, "maximum": low + width}

    assert low <= answer({"type": "integer", **bounds}, random) <= low + width
    assert low <= answer({"type": "number", **bounds}, random) <= low + width


@given(random=RANDOMS, least=st.integers(0, 6), room=st.integers(0, 3))
def test_arrays_have_the_wanted_number_of_items(random: Random, least: int, room: int) -> None:
    items = {"type": "string", "enum": ["a", "b", "c"]}
    schema = {"type": "array", "minItems": least, "maxItems": least + room, "items": items}
    made = answer(schema, random)

    assert least <= len(made) <= least + room
    assert set(made) <= {"a", "b", "c"}
    if least <= 2:
        assert len(set(made)) == len(made)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"const": 7}, 7),
        ({"type": "null"}, None),
        ({"type": ["string", "null"], "enum": ["x"]}, "x"),
        ({"anyOf": [{"const": 1}, {"const": 2}]}, 1),
        ({"type": "string", "format": "date"}, "2027-01-15"),
        ({"type": "integer", "maximum": -5, "minimum": -5}, -5),
        ({"$ref": "#/$defs/one", "$defs": {"one": {"const": 1}}}, 1),
        ({"type": "object"}, {}),
    ],
)
def test_the_smaller_words_of_a_schema_are_understood(
    schema: dict[str, object], expected: object
) -> None:
    random = Random(1)  # noqa: S311  # nothing here is drawn

    assert answer(schema, random) == expected
