"""Answers for tests: one full set, and strategies for all others."""

from typing import Any

from hypothesis import strategies as st

from app.coaching.assessments.models.answers import (
    Answers,
    Challenge,
    GoalTimeframe,
    LearningStyle,
    Skill,
)

WIRE: dict[str, Any] = {
    "professionalRole": "Engineering manager",
    "mainChallenges": ["leading_remote_teams", "time_management", "other"],
    "mainChallengesOther": "Meetings at night",
    "skillPriorities": ["communication", "other"],
    "skillPrioritiesOther": "Chairing",
    "learningStyle": "hands_on_practice",
    "goalTimeframe": "3_months",
    "goalsText": "Lead two teams without working weekends",
    "commitmentLevel": 4,
    "feedbackOpennessScore": 8,
    "satisfactionBaseline": 6,
    "additionalContext": "New to the role",
}


def answers(**changes: Any) -> Answers:
    """Return the full set with `changes`, named as on the wire."""
    given = WIRE | changes
    for name in ("mainChallenges", "skillPriorities"):
        if "other" not in given[name]:
            given[f"{name}Other"] = ""
    return Answers.model_validate(given, strict=False)


def any_answers() -> st.SearchStrategy[Answers]:
    """Return the strategy of all answers that are accepted."""
    plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
    return st.builds(
        _fitting,
        professional_role=plain.filter(lambda text: text.strip() != ""),
        main_challenges=_some(Challenge, 5),
        main_challenges_other=plain,
        skill_priorities=_some(Skill, 3),
        skill_priorities_other=plain,
        learning_style=st.sampled_from(LearningStyle),
        goal_timeframe=st.sampled_from(GoalTimeframe),
        goals_text=plain,
        commitment_level=st.integers(1, 5),
        feedback_openness_score=st.integers(1, 10),
        satisfaction_baseline=st.integers(1, 10),
        additional_context=plain,
    )


def _some(options: Any, most: int) -> st.SearchStrategy[Any]:
    chosen = st.lists(st.sampled_from(options), min_size=1, max_size=most, unique=True)
    return chosen.map(tuple)


def _fitting(**fields: Any) -> Answers:
    for name in ("main_challenges", "skill_priorities"):
        if "other" not in fields[name]:
            fields[f"{name}_other"] = ""
    return Answers(**fields)
