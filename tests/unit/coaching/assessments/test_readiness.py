"""Readiness: the score, its boundaries and what follows from it."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings

from app.coaching.assessments.models.answers import Answers, Challenge, Skill
from app.coaching.assessments.models.readiness import FocusArea, Intensity, ReadinessLevel
from app.coaching.assessments.policy import readiness
from tests.unit.coaching.assessments.samples import answers, any_answers


@settings(deadline=None)  # machines differ
@given(any_answers())
def test_the_score_is_the_mean_of_its_parts(given_answers: Answers) -> None:
    """In sixtieths, whole numbers say the same: 10ths, 5ths and 0.8 over two or three parts."""
    feedback, commitment = (
        given_answers.feedback_openness_score,
        given_answers.commitment_level,
    )
    if given_answers.goals_text.strip():
        sixtieths = 2 * feedback + 4 * commitment + 16
    else:
        sixtieths = 3 * feedback + 6 * commitment

    summary = readiness.summarize(given_answers)

    assert readiness.score(given_answers) * 60 == sixtieths
    assert summary.score == float((Decimal(sixtieths) / 60).quantize(Decimal("0.0001")))
    assert (summary.level is ReadinessLevel.HIGH) == (sixtieths >= 48)
    assert (summary.level is ReadinessLevel.LOW) == (sixtieths < 36)
    assert (summary.intensity is Intensity.INTENSIVE) == (sixtieths > 48 and commitment == 5)
    assert (summary.intensity is Intensity.LIGHT) == (sixtieths <= 36 or commitment <= 2)


@pytest.mark.parametrize(
    ("exact", "level"),
    [
        (Fraction(8, 10), ReadinessLevel.HIGH),
        (Fraction(8, 10) - Fraction(1, 60), ReadinessLevel.MEDIUM),
        (Fraction(6, 10), ReadinessLevel.MEDIUM),
        (Fraction(6, 10) - Fraction(1, 60), ReadinessLevel.LOW),
    ],
)
def test_a_level_begins_on_its_boundary(exact: Fraction, level: ReadinessLevel) -> None:
    assert readiness.level(exact) is level


@pytest.mark.parametrize(
    ("exact", "commitment", "intensity"),
    [
        pytest.param(Fraction(49, 60), 5, Intensity.INTENSIVE, id="over both"),
        pytest.param(Fraction(48, 60), 5, Intensity.REGULAR, id="score on the upper boundary"),
        pytest.param(Fraction(49, 60), 4, Intensity.REGULAR, id="commitment on it"),
        pytest.param(Fraction(37, 60), 3, Intensity.REGULAR, id="just regular"),
        pytest.param(Fraction(36, 60), 3, Intensity.LIGHT, id="score on the lower boundary"),
        pytest.param(Fraction(1), 2, Intensity.LIGHT, id="lower commitment on it"),
    ],
)
def test_intensity_needs_more_than_its_boundaries(
    exact: Fraction, commitment: int, intensity: Intensity
) -> None:
    assert readiness.intensity(exact, commitment) is intensity


def test_blank_goals_do_not_raise_the_score() -> None:
    low = {"commitmentLevel": 1, "feedbackOpennessScore": 1}

    assert readiness.score(answers(goalsText=" \n", **low)) == Fraction(15, 100)
    assert readiness.score(answers(goalsText="x", **low)) == Fraction(11, 30)
    assert readiness.summarize(answers(goalsText="x", **low)).score == 0.3667


@pytest.mark.parametrize(
    ("changes", "areas"),
    [
        pytest.param(
            {"mainChallenges": ["time_management"], "skillPriorities": ["networking"]},
            ["communication_enhancement", "productivity_optimization"],
            id="a tie goes by the order of the areas",
        ),
        pytest.param(
            {
                "mainChallenges": ["time_management", "work_life_balance", "strategic_planning"],
                "skillPriorities": ["leadership_presence", "networking"],
            },
            ["productivity_optimization", "leadership_development", "communication_enhancement"],
            id="three at most, the most chosen first",
        ),
        pytest.param(
            {
                "mainChallenges": ["other"],
                "skillPriorities": ["other"],
            },
            [],
            id="other speaks for none",
        ),
    ],
)
def test_focus_areas(changes: dict[str, Any], areas: list[str]) -> None:
    assert readiness.focus_areas(answers(**changes)) == tuple(FocusArea(area) for area in areas)


def test_every_option_but_other_speaks_for_an_area() -> None:
    assert readiness.CHALLENGE_AREAS.keys() == set(Challenge) - {Challenge.OTHER}
    assert readiness.SKILL_AREAS.keys() == set(Skill) - {Skill.OTHER}
    assert set(readiness.CHALLENGE_AREAS.values()) == set(FocusArea)


def test_every_level_has_a_message_and_every_intensity_its_hours() -> None:
    assert readiness.MESSAGES.keys() == set(ReadinessLevel)
    hours = {i: (h.minimum, h.maximum) for i, h in readiness.HOURS_PER_WEEK.items()}
    assert hours == {
        Intensity.INTENSIVE: (8, 12),
        Intensity.REGULAR: (4, 6),
        Intensity.LIGHT: (2, 4),
    }
