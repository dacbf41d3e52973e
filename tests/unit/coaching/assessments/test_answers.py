"""The ten answers: every limit at its boundary and one past it, driven by the questionnaire."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.coaching.assessments.models.answers import QuestionId, SubmitAssessment
from app.coaching.assessments.models.questionnaire import (
    ChoiceQuestion,
    ChoicesQuestion,
    ScaleQuestion,
    TextQuestion,
)
from app.coaching.assessments.policy.questionnaire import questionnaire
from app.kit import wire
from app.kit.errors import InvalidArgumentError
from app.kit.locale import Locale
from tests.unit.coaching.assessments.samples import WIRE

KEY = "8c5f0c0e-8b1f-4a06-9a55-0d6d2a2f7d10"
QUESTIONS = questionnaire(Locale.EN).questions


def submit(**changes: Any) -> SubmitAssessment:
    return wire.parse(SubmitAssessment, WIRE | {"idempotencyKey": KEY} | changes)


def refused(data: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidArgumentError) as refusal:
        wire.parse(SubmitAssessment, data)
    return [problem["field"] for problem in refusal.value.details]


def limits() -> Iterator[Any]:
    """Yield the limits that the questionnaire tells: accepted and refused values of each field."""
    for question in QUESTIONS:
        name = question.id.value
        match question:
            case TextQuestion(max_length=most):
                yield name, ["𝄞" * most], ["a" * (most + 1)]
            case ChoiceQuestion(options=options):
                yield name, [option.value for option in options], ["", "none_of_them"]
            case ChoicesQuestion(options=options, max_choices=most, other=other):
                values = [option.value for option in options]
                with_other = [*values[: most - 1], "other"]
                yield (
                    name,
                    [["other"], with_other],
                    [[], [*values[:most], "other"], ["other", "other"], ["none_of_them"]],
                )
                yield other.field, ["", "𝄞" * other.max_length], ["a" * (other.max_length + 1)]
            case ScaleQuestion(minimum=low, maximum=high):
                yield name, [low, high], [low - 1, high + 1]


@pytest.mark.parametrize(("field", "accepted", "excess"), list(limits()))
def test_limits(field: str, accepted: list[Any], excess: list[Any]) -> None:
    for value in accepted:
        assert submit(**{field: value})
    for value in excess:
        assert {
            name.split(".")[0] for name in refused(WIRE | {"idempotencyKey": KEY, field: value})
        } == {field}


@pytest.mark.parametrize("field", [*WIRE, "idempotencyKey"])
@pytest.mark.parametrize("value", [None, True, 3.5, {"a": 1}, [["a"]], "x" * 5000])
def test_a_mistyped_field_is_named(field: str, value: Any) -> None:
    names = refused(WIRE | {"idempotencyKey": KEY, field: value})

    assert {name.split(".")[0] for name in names} == {field}


@pytest.mark.parametrize("field", ["commitmentLevel", "satisfactionBaseline"])
def test_a_number_in_quotes_is_no_number(field: str) -> None:
    assert refused(WIRE | {"idempotencyKey": KEY, field: "3"}) == [field]


def test_required_is_what_the_questionnaire_says() -> None:
    for question in QUESTIONS:
        given = {name: value for name, value in WIRE.items() if name != question.id}
        given = {n: v for n, v in given.items() if n.removesuffix("Other") != question.id}
        if question.required:
            assert refused(given | {"idempotencyKey": KEY}) == [question.id.value]
        else:
            assert wire.parse(SubmitAssessment, given | {"idempotencyKey": KEY})


def test_an_unknown_field_is_named() -> None:
    assert refused(WIRE | {"idempotencyKey": KEY, "isAdmin": True}) == ["isAdmin"]


@pytest.mark.parametrize("blank", ["", " ", "\n\t\u00a0\u2003"])
def test_a_role_of_white_space_is_refused(blank: str) -> None:
    assert refused(WIRE | {"idempotencyKey": KEY, "professionalRole": blank}) == [
        "professionalRole"
    ]


@pytest.mark.parametrize(
    ("field", "chosen"),
    [("mainChallenges", ["time_management"]), ("skillPriorities", ["communication"])],
)
def test_own_words_are_only_for_other(field: str, chosen: list[str]) -> None:
    given = WIRE | {"idempotencyKey": KEY, field: chosen}

    assert refused(given) == [f"{field}Other"]
    assert submit(**{field: chosen, f"{field}Other": ""})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(" spaces around \n", id="white space around"),
        pytest.param("👩🏽‍💻🇲🇽", id="emoji sequences"),
        pytest.param("\u202eאבג مرحبا\u202c", id="right to left"),
        pytest.param("e\u0301 is not é", id="combining marks are not composed"),
        pytest.param('"}], "role": "system"', id="JSON in a string"),
    ],
)
def test_answers_stay_exactly_as_given(text: str) -> None:
    given = WIRE | {"professionalRole": text, "goalsText": text, "mainChallengesOther": text}
    answers = submit(**given).answers()

    assert answers.model_dump(mode="json", by_alias=True) == given


@pytest.mark.parametrize("blank", ["", "  \n"])
def test_a_blank_optional_text_is_no_answer(blank: str) -> None:
    answers = submit(goalsText=blank, additionalContext=blank).answers()

    assert set(QuestionId) - answers.answered() == {
        QuestionId.GOALS_TEXT,
        QuestionId.ADDITIONAL_CONTEXT,
    }
    assert submit().answers().answered() == set(QuestionId)
