"""Readiness: one score from 0 to 1 computed by rules, and what follows from it.

The score is the mean of feedback openness / 10, commitment / 5 and, if the person wrote about
their goals, 0.8. It is an exact fraction; all thresholds are compared with that. Rounding to four
places is for output only, and since the denominator is 20 or 30, no score lies half-way between two
roundings.
"""

from collections import Counter
from fractions import Fraction

from app.coaching.assessments.models.answers import (
    COMMITMENT_MAX,
    SCORE_MAX,
    Answers,
    Challenge,
    QuestionId,
    Skill,
)
from app.coaching.assessments.models.readiness import (
    FocusArea,
    Intensity,
    ReadinessLevel,
    ReadinessSummary,
    WeeklyHours,
)

GOALS_SHARE = Fraction(8, 10)
HIGH = Fraction(8, 10)
MEDIUM = Fraction(6, 10)
INTENSIVE_COMMITMENT_OVER = 4
REGULAR_COMMITMENT_OVER = 2
FOCUS_AREAS_MAX = 3
_OUTPUT_PLACES = 4

HOURS_PER_WEEK = {
    Intensity.INTENSIVE: WeeklyHours(minimum=8, maximum=12),
    Intensity.REGULAR: WeeklyHours(minimum=4, maximum=6),
    Intensity.LIGHT: WeeklyHours(minimum=2, maximum=4),
}

MESSAGES = {
    ReadinessLevel.HIGH: "You are ready to start coaching now and to make the most of it.",
    ReadinessLevel.MEDIUM: "You have a good base for coaching. Small, regular steps will suit you.",
    ReadinessLevel.LOW: "You can start gently: choose one small step and see how it feels.",
}

CHALLENGE_AREAS = {
    Challenge.LEADING_REMOTE_TEAMS: FocusArea.LEADERSHIP_DEVELOPMENT,
    Challenge.MANAGING_DIFFICULT_CONVERSATIONS: FocusArea.COMMUNICATION_ENHANCEMENT,
    Challenge.BUILDING_TEAM_CULTURE: FocusArea.LEADERSHIP_DEVELOPMENT,
    Challenge.PERFORMANCE_MANAGEMENT: FocusArea.LEADERSHIP_DEVELOPMENT,
    Challenge.STRATEGIC_PLANNING: FocusArea.STRATEGIC_THINKING,
    Challenge.CHANGE_MANAGEMENT: FocusArea.STRATEGIC_THINKING,
    Challenge.WORK_LIFE_BALANCE: FocusArea.PRODUCTIVITY_OPTIMIZATION,
    Challenge.CAREER_DEVELOPMENT: FocusArea.STRATEGIC_THINKING,
    Challenge.COMMUNICATION_SKILLS: FocusArea.COMMUNICATION_ENHANCEMENT,
    Challenge.CONFLICT_RESOLUTION: FocusArea.COMMUNICATION_ENHANCEMENT,
    Challenge.TIME_MANAGEMENT: FocusArea.PRODUCTIVITY_OPTIMIZATION,
    Challenge.DECISION_MAKING: FocusArea.STRATEGIC_THINKING,
    Challenge.MOTIVATION_AND_ENGAGEMENT: FocusArea.LEADERSHIP_DEVELOPMENT,
    Challenge.DIVERSITY_AND_INCLUSION: FocusArea.LEADERSHIP_DEVELOPMENT,
}
"""The area that each challenge speaks for. `other` speaks for none."""

SKILL_AREAS = {
    Skill.LEADERSHIP_PRESENCE: FocusArea.LEADERSHIP_DEVELOPMENT,
    Skill.EMOTIONAL_INTELLIGENCE: FocusArea.LEADERSHIP_DEVELOPMENT,
    Skill.STRATEGIC_THINKING: FocusArea.STRATEGIC_THINKING,
    Skill.COMMUNICATION: FocusArea.COMMUNICATION_ENHANCEMENT,
    Skill.CONFLICT_RESOLUTION: FocusArea.COMMUNICATION_ENHANCEMENT,
    Skill.TEAM_BUILDING: FocusArea.LEADERSHIP_DEVELOPMENT,
    Skill.CHANGE_MANAGEMENT: FocusArea.STRATEGIC_THINKING,
    Skill.PERFORMANCE_COACHING: FocusArea.LEADERSHIP_DEVELOPMENT,
    Skill.DECISION_MAKING: FocusArea.STRATEGIC_THINKING,
    Skill.TIME_MANAGEMENT: FocusArea.PRODUCTIVITY_OPTIMIZATION,
    Skill.NETWORKING: FocusArea.COMMUNICATION_ENHANCEMENT,
    Skill.PUBLIC_SPEAKING: FocusArea.COMMUNICATION_ENHANCEMENT,
    Skill.PROJECT_MANAGEMENT: FocusArea.PRODUCTIVITY_OPTIMIZATION,
    Skill.INNOVATION: FocusArea.STRATEGIC_THINKING,
}
"""The area that each skill speaks for. `other` speaks for none."""


def summarize(answers: Answers) -> ReadinessSummary:
    """Return the score with its level, the intensity and the focus areas."""
    exact = score(answers)
    return ReadinessSummary(
        score=float(round(exact, _OUTPUT_PLACES)),
        level=level(exact),
        intensity=intensity(exact, answers.commitment_level),
        focus_areas=focus_areas(answers),
    )


def score(answers: Answers) -> Fraction:
    """Return the exact score, from 0 to 1."""
    parts = [
        Fraction(answers.feedback_openness_score, SCORE_MAX),
        Fraction(answers.commitment_level, COMMITMENT_MAX),
    ]
    if QuestionId.GOALS_TEXT in answers.answered():
        parts.append(GOALS_SHARE)
    return sum(parts, Fraction()) / len(parts)


def level(exact_score: Fraction) -> ReadinessLevel:
    """Return the level of a score: each threshold belongs to the level above it."""
    if exact_score >= HIGH:
        return ReadinessLevel.HIGH
    return ReadinessLevel.MEDIUM if exact_score >= MEDIUM else ReadinessLevel.LOW


def intensity(exact_score: Fraction, commitment_level: int) -> Intensity:
    """Return the intensity: both the score and the commitment must lie over the threshold."""
    if exact_score > HIGH and commitment_level > INTENSIVE_COMMITMENT_OVER:
        return Intensity.INTENSIVE
    if exact_score > MEDIUM and commitment_level > REGULAR_COMMITMENT_OVER:
        return Intensity.REGULAR
    return Intensity.LIGHT


def focus_areas(answers: Answers) -> tuple[FocusArea, ...]:
    """Return up to three areas, the one that most choices speak for first.

    Every challenge and every skill counts once; a tie goes to the area that `FocusArea` names
    first. Nobody who chose nothing but `other` is put into an area.
    """
    votes = Counter(
        [
            *(CHALLENGE_AREAS[c] for c in answers.main_challenges if c in CHALLENGE_AREAS),
            *(SKILL_AREAS[s] for s in answers.skill_priorities if s in SKILL_AREAS),
        ]
    )
    ranked = sorted(votes, key=lambda area: (-votes[area], list(FocusArea).index(area)))
    return tuple(ranked[:FOCUS_AREAS_MAX])
