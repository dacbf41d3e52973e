"""How many weeks a plan and its phases take. Rules decide that, whoever writes the plan.

No plan is shorter than eight weeks. Who asked for one month reaches the goals in the first four,
which always end with a phase; the other four make what was reached a habit.
"""

from app.coaching.assessments.policy.readiness import HOURS_PER_WEEK
from app.coaching.plans.models import (
    DevelopmentPlan,
    Milestone,
    Phase,
    PlanDraft,
    PlanTimeframe,
    PlanWish,
    WeeklyStructure,
)

GOAL_WEEKS = {
    PlanTimeframe.ONE_MONTH: 4,
    PlanTimeframe.THREE_MONTHS: 13,
    PlanTimeframe.SIX_MONTHS: 26,
    PlanTimeframe.ONE_YEAR: 52,
}
"""By the end of which week the goals are to be reached."""

PHASE_WEEKS = {
    PlanTimeframe.ONE_MONTH: {3: (4, 2, 2), 4: (2, 2, 2, 2)},
    PlanTimeframe.THREE_MONTHS: {3: (4, 5, 4), 4: (3, 4, 3, 3)},
    PlanTimeframe.SIX_MONTHS: {3: (8, 10, 8), 4: (6, 7, 7, 6)},
    PlanTimeframe.ONE_YEAR: {3: (17, 18, 17), 4: (13, 13, 13, 13)},
}
"""The length of each phase, by the number of phases."""


def total_weeks(timeframe: PlanTimeframe) -> int:
    """Return how many weeks a plan takes."""
    return sum(PHASE_WEEKS[timeframe][3])


def scheduled(draft: PlanDraft, wish: PlanWish) -> DevelopmentPlan:
    """Return `draft` with its weeks and hours; each phase ends with its milestone."""
    weeks = PHASE_WEEKS[wish.timeframe][len(draft.phases)]
    ends = [sum(weeks[: number + 1]) for number in range(len(weeks))]
    shared = {name: value for name, value in draft if name in DevelopmentPlan.model_fields}
    return DevelopmentPlan(
        **shared
        | {
            "phases": tuple(
                Phase(duration_weeks=duration, **phase.model_dump(exclude={"milestone"}))
                for phase, duration in zip(draft.phases, weeks, strict=True)
            ),
        },
        total_weeks=sum(weeks),
        milestones=tuple(
            Milestone(week=end, text=phase.milestone)
            for phase, end in zip(draft.phases, ends, strict=True)
        ),
        weekly_structure=WeeklyStructure(
            hours=HOURS_PER_WEEK[wish.intensity], activities=draft.weekly_activities
        ),
    )
