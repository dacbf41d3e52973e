"""The development plan, its documents and the messages of its functions."""

from enum import StrEnum
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, Field, create_model

from app.coaching.assessments.models.readiness import Intensity, WeeklyHours
from app.coaching.generation.models import Generated, Source, WrittenText, not_blank
from app.kit.model import DocumentId, IdempotencyKey, Instant, Message, Revised
from app.kit.pages import PageRequest
from app.platform.model.models import Resource

GOALS_MAX = 10
GOAL_MAX_LENGTH = 200
TOTAL_WEEKS_MIN = 8

Goal = Annotated[str, Field(max_length=GOAL_MAX_LENGTH), AfterValidator(not_blank)]
"""A goal in the person's own words, in code points."""


class PlanTimeframe(StrEnum):
    """By when the goals are to be reached."""

    ONE_MONTH = "1_month"
    THREE_MONTHS = "3_months"
    SIX_MONTHS = "6_months"
    ONE_YEAR = "1_year"


class PlanStatus(StrEnum):
    """Whether the plan is there."""

    GENERATING = "generating"
    READY = "ready"


class SmartGoal(Message):
    """A goal made specific, measurable, achievable, relevant and time-bound."""

    specific: WrittenText
    measurable: WrittenText
    achievable: WrittenText
    relevant: WrittenText
    time_bound: WrittenText


class GrowSession(Message):
    """How each session goes: goal, reality, options, will."""

    goal: WrittenText
    reality: WrittenText
    options: WrittenText
    will: WrittenText


class PhaseText(Message):
    """What a phase is about."""

    name: Annotated[WrittenText, Field(max_length=80)]
    objectives: Annotated[tuple[WrittenText, ...], Field(min_length=2, max_length=3)]
    key_activities: Annotated[tuple[WrittenText, ...], Field(min_length=3, max_length=4)]
    success_metrics: Annotated[tuple[WrittenText, ...], Field(min_length=1, max_length=3)]


class PhaseDraft(PhaseText):
    """A phase as the model or the rules write it: how long it takes is not theirs to say."""

    milestone: WrittenText


class Phase(PhaseText):
    """A phase with its length in weeks."""

    duration_weeks: Annotated[int, Field(ge=1)]


class Milestone(Message):
    """What is reached at the end of a week, counted from 1."""

    week: Annotated[int, Field(ge=1)]
    text: WrittenText


class WeeklyStructure(Message):
    """What a week is made of."""

    hours: WeeklyHours
    activities: Annotated[tuple[WrittenText, ...], Field(min_length=2, max_length=5)]


class _Common(Message):
    overview: WrittenText
    goals: Annotated[tuple[SmartGoal, ...], Field(min_length=1, max_length=GOALS_MAX)]
    sessions: GrowSession
    homework: Annotated[tuple[WrittenText, ...], Field(min_length=2, max_length=5)]
    resources: Annotated[tuple[WrittenText, ...], Field(min_length=2, max_length=5)]
    success_indicators: Annotated[tuple[WrittenText, ...], Field(min_length=2, max_length=5)]


class PlanDraft(_Common):
    """A plan as the model or the rules write it. `goals` are those of the request, in order."""

    phases: Annotated[tuple[PhaseDraft, ...], Field(min_length=3, max_length=4)]
    weekly_activities: Annotated[tuple[WrittenText, ...], Field(min_length=2, max_length=5)]


class DevelopmentPlan(_Common):
    """A plan with its calendar. Sensitive: it is stored sealed."""

    total_weeks: Annotated[int, Field(ge=TOTAL_WEEKS_MIN)]
    phases: Annotated[tuple[Phase, ...], Field(min_length=3, max_length=4)]
    milestones: Annotated[tuple[Milestone, ...], Field(min_length=3, max_length=4)]
    weekly_structure: WeeklyStructure


@cache
def draft_for(goal_count: int) -> type[PlanDraft]:
    """Return `PlanDraft` with exactly one SMART goal for each goal of the request."""
    exactly = Field(min_length=goal_count, max_length=goal_count)
    return create_model("PlanDraft", __base__=PlanDraft, goals=(tuple[SmartGoal, ...], exactly))


class Plan(Generated):
    """`plans/{id}`: what its owner sees live. Nothing in it is sensitive.

    Sealed beside it: `plan_requests/{id}` {`goals`, `timeframe`, `intensity`} and
    `plan_records/{id}` {`plan`, `resources`}.
    """

    status: PlanStatus = PlanStatus.GENERATING
    assessment_id: DocumentId
    requested_at: Instant
    ready_at: Instant | None = None


class PlanState(Revised):
    """`plan_state/{uid}`: the person's latest plan; two requests at the same moment compete for it.

    It is also what tells whether somebody has a plan at all.
    """

    latest_plan_id: DocumentId


class PlanWish(Message):
    """What a plan is asked for. Sensitive: it is stored sealed."""

    goals: Annotated[tuple[Goal, ...], Field(min_length=1, max_length=GOALS_MAX)]
    timeframe: PlanTimeframe
    intensity: Intensity


class GeneratePlan(Message):
    """The request of `plans_generate`. `intensity` is that of the readiness where it is absent."""

    goals: Annotated[tuple[Goal, ...], Field(min_length=1, max_length=GOALS_MAX)]
    timeframe: PlanTimeframe
    intensity: Intensity | None = None
    idempotency_key: IdempotencyKey


class PlanRequested(Message):
    """The response of `plans_generate`."""

    plan_id: DocumentId
    status: PlanStatus


class GetPlan(Message):
    """The request of `plans_get`."""

    plan_id: DocumentId


class PlanItem(Message):
    """A plan without anything sensitive."""

    plan_id: DocumentId
    assessment_id: DocumentId
    status: PlanStatus
    progress: int
    source: Source | None
    requested_at: Instant
    ready_at: Instant | None


class PlanResult(PlanItem, PlanWish):
    """The response of `plans_get`: what was asked for and, once it is there, the plan.

    `resources` say where help is, for who seems to need it; those of the plan are in `plan`.
    """

    plan: DevelopmentPlan | None
    resources: tuple[Resource, ...]


class ListPlans(PageRequest):
    """The request of `plans_list`."""


class PlanPage(Message):
    """The response of `plans_list`: the newest first."""

    items: tuple[PlanItem, ...]
    next_cursor: str | None
