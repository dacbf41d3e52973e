"""The questionnaire that is served."""

import pytest

from app.coaching.assessments.models.answers import (
    Answers,
    Challenge,
    GoalTimeframe,
    LearningStyle,
    QuestionId,
    Skill,
)
from app.coaching.assessments.models.questionnaire import (
    ChoiceQuestion,
    ChoicesQuestion,
    ScaleQuestion,
    TextQuestion,
)
from app.coaching.assessments.policy.questionnaire import questionnaire
from app.coaching.assessments.policy.texts.en import ENGLISH
from app.coaching.assessments.policy.texts.es import SPANISH
from app.kit.locale import Locale


@pytest.mark.parametrize("locale", Locale)
def test_the_ten_questions_are_asked_under_the_names_of_their_answers(locale: Locale) -> None:
    served = questionnaire(locale)

    assert [question.id for question in served.questions] == list(QuestionId)
    assert len(served.questions) == 10
    wire_names = {field.alias for field in Answers.model_fields.values()}
    own = {q.other.field for q in served.questions if isinstance(q, ChoicesQuestion)}
    assert {question.id.value for question in served.questions} | own == wire_names


@pytest.mark.parametrize("locale", Locale)
def test_every_option_is_served_once_with_a_label(locale: Locale) -> None:
    expected = {
        QuestionId.MAIN_CHALLENGES: Challenge,
        QuestionId.SKILL_PRIORITIES: Skill,
        QuestionId.LEARNING_STYLE: LearningStyle,
        QuestionId.GOAL_TIMEFRAME: GoalTimeframe,
    }
    served = {
        question.id: question.options
        for question in questionnaire(locale).questions
        if isinstance(question, ChoiceQuestion | ChoicesQuestion)
    }

    assert served.keys() == expected.keys()
    for question, options in served.items():
        assert [option.value for option in options] == [v.value for v in expected[question]]
        assert len({option.label for option in options}) == len(options)
        assert all(option.label.strip() for option in options)


def test_both_languages_say_the_same_in_different_words() -> None:
    assert ENGLISH.labels.keys() == SPANISH.labels.keys()
    assert ENGLISH.questions.keys() == SPANISH.questions.keys()
    assert ENGLISH.scales.keys() == SPANISH.scales.keys()
    for question in QuestionId:
        assert ENGLISH.questions[question] != SPANISH.questions[question]


def test_the_limits_are_those_of_the_product() -> None:
    limits = {}
    for question in questionnaire(Locale.EN).questions:
        match question:
            case TextQuestion(max_length=most):
                limits[question.id.value] = (0, most)
            case ChoicesQuestion(min_choices=least, max_choices=most, other=other):
                limits[question.id.value] = (least, most)
                limits[other.field] = (0, other.max_length)
            case ScaleQuestion(minimum=least, maximum=most):
                limits[question.id.value] = (least, most)

    assert limits == {
        "professionalRole": (0, 100),
        "mainChallenges": (1, 5),
        "mainChallengesOther": (0, 200),
        "skillPriorities": (1, 3),
        "skillPrioritiesOther": (0, 100),
        "goalsText": (0, 1000),
        "commitmentLevel": (1, 5),
        "feedbackOpennessScore": (1, 10),
        "satisfactionBaseline": (1, 10),
        "additionalContext": (0, 500),
    }
