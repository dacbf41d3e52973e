"""The plan that rules write: the same schema as the model's, never in the person's own words.

It is made from the analysis, which gives each phase its first objective, and from the frame of the
plan. A goal is called by its number in the request.
"""

from app.coaching.assessments.models.answers import LearningStyle
from app.coaching.assessments.models.readiness import WeeklyHours
from app.coaching.assessments.policy.readiness import HOURS_PER_WEEK
from app.coaching.plans.models import GrowSession, PhaseDraft, PlanDraft, PlanTimeframe, SmartGoal
from app.coaching.plans.policy import calendar
from app.coaching.plans.policy.facts import PlanFacts

FOUR_PHASES_FROM_WEEKS = 26

_PHASES = (
    PhaseDraft(
        name="Begin",
        objectives=(
            "Know where you stand and what success looks like.",
            "Find a weekly routine that you can keep.",
        ),
        key_activities=(
            "Write down for each goal where you stand today.",
            "Agree with somebody you trust on when you will talk about progress.",
            "Take one small step towards your first goal in the first week.",
        ),
        success_metrics=(
            "Each goal has a starting point and a sign of success in writing.",
            "The first small step is done.",
        ),
        milestone="Your goals are measurable and your weekly routine runs.",
    ),
    PhaseDraft(
        name="Practice",
        objectives=(
            "Practice the new behavior every week in real situations.",
            "Learn from feedback while it is fresh.",
        ),
        key_activities=(
            "Choose one real situation a week to practice in.",
            "Ask for feedback on that situation within two days.",
            "Note what you will do differently next time.",
        ),
        success_metrics=("You practiced in at least three weeks of every four.",),
        milestone="You have practiced often enough to see a first change.",
    ),
    PhaseDraft(
        name="Apply",
        objectives=(
            "Use what you practiced where it matters most to you.",
            "See what changed since the start.",
        ),
        key_activities=(
            "Take what works into a situation with more at stake.",
            "Compare with your starting point, goal by goal.",
            "Drop what did not help and keep what did.",
        ),
        success_metrics=("Each goal is nearer to its sign of success than at the start.",),
        milestone="You have compared each goal with where it started.",
    ),
    PhaseDraft(
        name="Keep going",
        objectives=(
            "Make what works part of your ordinary week.",
            "Decide what comes next.",
        ),
        key_activities=(
            "Put the habits that you keep into your calendar.",
            "Share what you learned with somebody who can use it.",
            "Choose what to develop next.",
        ),
        success_metrics=("The habits that you keep last without a reminder.",),
        milestone="You know what you keep and what comes next.",
    ),
)

_SESSIONS = GrowSession(
    goal="Say what you want to take away from this session and how it serves your goals.",
    reality="Look at what happened since the last session: facts first, then what they mean.",
    options="Find at least three ways forward before you judge any of them.",
    will="Choose one, say when you will do it, and what could get in the way.",
)

_RESOURCES = {
    LearningStyle.INDIVIDUAL_COACHING: (
        "A coach who knows your field of work.",
        "A notebook for what you take from each session.",
    ),
    LearningStyle.GROUP_WORKSHOPS: (
        "A workshop on the subject of the phase.",
        "A small group of peers that meets every other week.",
    ),
    LearningStyle.SELF_PACED: (
        "A self-paced course on the subject of the phase.",
        "A calendar with fixed times for learning.",
    ),
    LearningStyle.READING_RESEARCH: (
        "One book or report for each phase, chosen with somebody who knows the subject.",
        "A page of notes for each chapter: what to try, and when.",
    ),
    LearningStyle.HANDS_ON_PRACTICE: (
        "A task from your own work for each phase.",
        "A colleague who watches you practice and tells you what they saw.",
    ),
    LearningStyle.VIDEO_TUTORIALS: (
        "Short video tutorials on the subject of the phase.",
        "A list of what to try after each video.",
    ),
}


def plan(facts: PlanFacts) -> PlanDraft:
    """Return the plan that the rules make from `facts`."""
    weeks = calendar.total_weeks(facts.wish.timeframe)
    hours = HOURS_PER_WEEK[facts.wish.intensity]
    return PlanDraft(
        overview=(
            f"This plan takes {weeks} weeks at about {hours.minimum} to {hours.maximum} hours a "
            "week. Each phase works on one thing that your analysis recommends, and ends with a "
            "milestone at which you look back on your goals."
        ),
        goals=tuple(
            _smart_goal(number, facts.wish.timeframe, hours)
            for number in range(1, len(facts.wish.goals) + 1)
        ),
        phases=_phases(facts, four=weeks >= FOUR_PHASES_FROM_WEEKS),
        sessions=_SESSIONS,
        weekly_activities=(
            facts.analysis.learning_approach.text,
            "At the start of the week: choose one step for one goal.",
            "During the week: take the step and ask for feedback.",
            "At the end of the week: note what worked and what to change.",
        ),
        homework=(
            "Keep a short diary of what you tried and what followed.",
            "Before each session, write down one question to work on.",
        ),
        resources=_RESOURCES[facts.learning_style],
        success_indicators=(
            "You see the sign of success that you chose for each goal.",
            "Somebody who works with you notices the change.",
        ),
    )


def _smart_goal(number: int, timeframe: PlanTimeframe, hours: WeeklyHours) -> SmartGoal:
    week = calendar.GOAL_WEEKS[timeframe]
    return SmartGoal(
        specific=f"Goal {number}: say in one sentence what will be different once it is reached.",
        measurable="Choose one sign that shows it, and note where it stands today.",
        achievable=f"Cut it into steps that fit into {hours.minimum} hours a week.",
        relevant="Note what it changes for you, and for the people you work with.",
        time_bound=f"Look at it half-way, in week {week // 2}, and reach it by week {week}.",
    )


def _phases(facts: PlanFacts, *, four: bool) -> tuple[PhaseDraft, ...]:
    """Return the phases; the first three work on the three things that the analysis recommends."""
    focused = tuple(
        phase.model_copy(update={"objectives": (focus.text, *phase.objectives)})
        for phase, focus in zip(_PHASES[:3], facts.analysis.recommended_focus, strict=True)
    )
    return (*focused, _PHASES[3]) if four else focused
