"""The notation of the crisis rules."""

import pytest

from app.platform.model.phrases import Phrases, Span


@pytest.mark.parametrize(
    ("rule", "said", "spans"),
    [
        ("want to die", "i want to die now", [Span(1, 4)]),
        ("want to die", "want to", []),
        ("want|wish to? die", "wish die want to die", [Span(0, 2), Span(2, 5)]),
        ("want ..2 die", "want to just die", [Span(0, 4)]),
        ("want ..2 die", "want die", [Span(0, 2)]),
        ("want ..2 die", "want to just really die", []),
        ("want ..2 die", "want . to die", []),
        ("want .", "i want .", [Span(1, 3)]),
        ("want .", "i want it", []),
        ("want to? to", "want to", [Span(0, 2)]),
        ("want to?", "want", [Span(0, 1)]),
        ("$wish die", "want die hope die", [Span(0, 2), Span(2, 4)]),
    ],
)
def test_where_a_rule_is_found(rule: str, said: str, spans: list[Span]) -> None:
    phrases = Phrases(["$wish = want hope", rule], str)

    assert list(phrases.spans(said.split())) == spans


def test_rules_are_spelled_like_what_is_said() -> None:
    assert list(Phrases(["KILL"], str.lower).spans(["kill"])) == [Span(0, 1)]


def test_an_unknown_list_is_an_error() -> None:
    with pytest.raises(KeyError):
        Phrases(["$nothing die"], str)
