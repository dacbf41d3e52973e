"""The questionnaire: the limits that `Answers` enforces, with the texts of a language."""

from enum import StrEnum

from app.coaching.assessments.models.answers import (
    CHALLENGE_OTHER_MAX_LENGTH,
    CHALLENGES_MAX,
    COMMITMENT_MAX,
    CONTEXT_MAX_LENGTH,
    GOALS_MAX_LENGTH,
    ROLE_MAX_LENGTH,
    SCORE_MAX,
    SKILL_OTHER_MAX_LENGTH,
    SKILLS_MAX,
    Challenge,
    GoalTimeframe,
    LearningStyle,
    QuestionId,
    Skill,
)
from app.coaching.assessments.models.questionnaire import (
    ChoiceQuestion,
    ChoicesQuestion,
    Option,
    OwnText,
    Questionnaire,
    ScaleQuestion,
    TextQuestion,
)
from app.coaching.assessments.policy.retake import RETAKE_AFTER_DAYS
from app.coaching.assessments.policy.texts import Texts
from app.coaching.assessments.policy.texts.en import ENGLISH
from app.coaching.assessments.policy.texts.es import SPANISH
from app.kit.locale import Locale

VERSION = 1
"""Counts every change of a question, an option or a limit. Each assessment keeps its version."""

_TEXTS = {Locale.EN: ENGLISH, Locale.ES: SPANISH}


def questionnaire(locale: Locale) -> Questionnaire:
    """Return the ten questions in the order in which they are asked."""
    texts = _TEXTS[locale]
    return Questionnaire(
        version=VERSION,
        locale=locale,
        retake_after_days=RETAKE_AFTER_DAYS,
        questions=(
            _text(texts, QuestionId.PROFESSIONAL_ROLE, ROLE_MAX_LENGTH, required=True),
            _choices(
                texts,
                QuestionId.MAIN_CHALLENGES,
                Challenge,
                max_choices=CHALLENGES_MAX,
                other=OwnText(
                    field="mainChallengesOther",
                    label=texts.other_challenge,
                    max_length=CHALLENGE_OTHER_MAX_LENGTH,
                ),
            ),
            _choices(
                texts,
                QuestionId.SKILL_PRIORITIES,
                Skill,
                max_choices=SKILLS_MAX,
                other=OwnText(
                    field="skillPrioritiesOther",
                    label=texts.other_skill,
                    max_length=SKILL_OTHER_MAX_LENGTH,
                ),
            ),
            _choice(texts, QuestionId.LEARNING_STYLE, LearningStyle),
            _choice(texts, QuestionId.GOAL_TIMEFRAME, GoalTimeframe),
            _text(texts, QuestionId.GOALS_TEXT, GOALS_MAX_LENGTH, required=False),
            _scale(texts, QuestionId.COMMITMENT_LEVEL, COMMITMENT_MAX),
            _scale(texts, QuestionId.FEEDBACK_OPENNESS_SCORE, SCORE_MAX),
            _scale(texts, QuestionId.SATISFACTION_BASELINE, SCORE_MAX),
            _text(texts, QuestionId.ADDITIONAL_CONTEXT, CONTEXT_MAX_LENGTH, required=False),
        ),
    )


def _text(texts: Texts, question: QuestionId, max_length: int, *, required: bool) -> TextQuestion:
    return TextQuestion(
        id=question, text=texts.questions[question], required=required, max_length=max_length
    )


def _choice(texts: Texts, question: QuestionId, values: type[StrEnum]) -> ChoiceQuestion:
    return ChoiceQuestion(
        id=question,
        text=texts.questions[question],
        required=True,
        options=_options(texts, values),
    )


def _choices(
    texts: Texts, question: QuestionId, values: type[StrEnum], *, max_choices: int, other: OwnText
) -> ChoicesQuestion:
    return ChoicesQuestion(
        id=question,
        text=texts.questions[question],
        required=True,
        options=_options(texts, values),
        min_choices=1,
        max_choices=max_choices,
        other=other,
    )


def _scale(texts: Texts, question: QuestionId, maximum: int) -> ScaleQuestion:
    minimum_label, maximum_label = texts.scales[question]
    return ScaleQuestion(
        id=question,
        text=texts.questions[question],
        required=True,
        minimum=1,
        maximum=maximum,
        minimum_label=minimum_label,
        maximum_label=maximum_label,
    )


def _options(texts: Texts, values: type[StrEnum]) -> tuple[Option, ...]:
    return tuple(Option(value=str(value), label=texts.labels[value]) for value in values)
