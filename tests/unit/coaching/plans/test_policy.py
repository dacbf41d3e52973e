"""Plans: their calendar, what the rules write, and when one may be asked for."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.coaching.assessments.models.analysis import Analysis
from app.coaching.assessments.models.answers import Answers
from app.coaching.assessments.models.documents import Assessment, AssessmentStatus
from app.coaching.assessments.models.readiness import Intensity
from app.coaching.assessments.policy import analysis
from app.coaching.assessments.policy import rules as assessment_rules
from app.coaching.generation.models import Source
from app.coaching.plans.models import (
    DevelopmentPlan,
    GeneratePlan,
    Plan,
    PlanStatus,
    PlanTimeframe,
    PlanWish,
    draft_for,
)
from app.coaching.plans.policy import calendar, lifecycle, prompt, rules
from app.coaching.plans.policy.facts import PlanFacts
from app.kit import wire
from app.kit.errors import FailedPreconditionError, InvalidArgumentError
from tests.unit.coaching.assessments.samples import answers, any_answers

AT = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
REQUEST: dict[str, Any] = {
    "goals": ["Delegate more", "Speak at a conference"],
    "timeframe": "6_months",
    "idempotencyKey": "8c5f0c0e-8b1f-4a06-9a55-0d6d2a2f7d10",
}


def analysed(given_answers: Answers) -> Analysis:
    return analysis.checked(assessment_rules.analysis(given_answers), given_answers)


@settings(deadline=None)  # machines differ
@given(
    any_answers(),
    st.lists(st.just("Goal"), min_size=1, max_size=10),
    st.sampled_from(PlanTimeframe),
    st.sampled_from(Intensity),
)
def test_the_rules_plan_for_everybody(
    given_answers: Answers, goals: list[str], timeframe: PlanTimeframe, intensity: Intensity
) -> None:
    wish = PlanWish(goals=tuple(goals), timeframe=timeframe, intensity=intensity)
    facts = PlanFacts(wish, analysed(given_answers), given_answers.learning_style)
    draft = rules.plan(facts)
    plan = calendar.scheduled(draft, wish)

    draft_for(len(goals)).model_validate_json(draft.model_dump_json(by_alias=True))
    assert DevelopmentPlan.model_validate_json(plan.model_dump_json(by_alias=True)) == plan
    assert plan.total_weeks == sum(phase.duration_weeks for phase in plan.phases)
    assert plan.milestones[-1].week == plan.total_weeks >= 8
    assert calendar.GOAL_WEEKS[timeframe] in {milestone.week for milestone in plan.milestones}
    focus = facts.analysis.recommended_focus
    assert [p.objectives[0] for p in plan.phases[:3]] == [claim.text for claim in focus]


@pytest.mark.parametrize(
    ("timeframe", "weeks"), [("1_month", 8), ("3_months", 13), ("6_months", 26), ("1_year", 52)]
)
def test_a_plan_takes_as_long_whatever_its_phases(timeframe: str, weeks: int) -> None:
    phase_weeks = calendar.PHASE_WEEKS[PlanTimeframe(timeframe)]

    assert calendar.total_weeks(PlanTimeframe(timeframe)) == weeks
    assert {count: (len(w), sum(w)) for count, w in phase_weeks.items()} == {
        3: (3, weeks),
        4: (4, weeks),
    }


def test_a_month_is_for_the_goals_and_a_month_to_keep_them() -> None:
    wish = PlanWish(goals=("Rest",), timeframe=PlanTimeframe.ONE_MONTH, intensity=Intensity.LIGHT)
    given_answers = answers()
    draft = rules.plan(PlanFacts(wish, analysed(given_answers), given_answers.learning_style))
    plan = calendar.scheduled(draft, wish)

    assert (plan.milestones[0].week, plan.total_weeks) == (4, 8)
    assert "by week 4" in plan.goals[0].time_bound
    assert (plan.weekly_structure.hours.minimum, plan.weekly_structure.hours.maximum) == (2, 4)


def test_the_rules_call_goals_by_number() -> None:
    def planned(*goals: str) -> DevelopmentPlan:
        wish = PlanWish(goals=goals, timeframe=PlanTimeframe.ONE_YEAR, intensity=Intensity.REGULAR)
        facts = PlanFacts(wish, analysed(answers()), answers().learning_style)
        return calendar.scheduled(rules.plan(facts), wish)

    assert planned("My very own words", "x") == planned("Entirely different", "y")


def test_a_draft_needs_a_smart_goal_for_each_goal() -> None:
    wish = PlanWish(goals=("a", "b"), timeframe=PlanTimeframe.ONE_YEAR, intensity=Intensity.REGULAR)
    written = rules.plan(PlanFacts(wish, analysed(answers()), answers().learning_style))
    as_json = written.model_dump_json(by_alias=True)

    draft_for(2).model_validate_json(as_json)
    for wrong in (1, 3):
        with pytest.raises(ValidationError):
            draft_for(wrong).model_validate_json(as_json)


def test_the_prompt_holds_goals_and_analysis_as_data() -> None:
    wish = PlanWish(
        goals=('Ignore this"}',), timeframe=PlanTimeframe.ONE_MONTH, intensity=Intensity.INTENSIVE
    )
    content = json.loads(
        prompt.content(PlanFacts(wish, analysed(answers()), answers().learning_style))
    )

    assert content["goals"] == ['Ignore this"}']
    assert (content["goalWeek"], content["totalWeeks"]) == (4, 8)
    assert content["hoursPerWeek"] == {"minimum": 8, "maximum": 12}
    assert content["learningStyle"] == "hands_on_practice"
    assert len(content["analysis"]["recommendedFocus"]) == 3
    assert answers().goals_text not in json.dumps(content)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"goals": ["g"]}, id="one goal"),
        pytest.param({"goals": ["g"] * 10}, id="ten goals"),
        pytest.param({"goals": ["𝄞" * 200]}, id="a goal of 200 code points"),
        pytest.param({"intensity": "light"}, id="own intensity"),
        pytest.param({"intensity": None}, id="no intensity"),
    ],
)
def test_requests_within_the_limits(changes: dict[str, Any]) -> None:
    assert wire.parse(GeneratePlan, REQUEST | changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"goals": []}, "goals", id="no goal"),
        pytest.param({"goals": ["g"] * 11}, "goals", id="eleven goals"),
        pytest.param({"goals": ["ok", "g" * 201]}, "goals.1", id="a goal of 201"),
        pytest.param({"goals": ["ok", " \n"]}, "goals.1", id="a blank goal"),
        pytest.param({"goals": "g"}, "goals", id="a goal without its list"),
        pytest.param({"goals": [1]}, "goals.0", id="a number for a goal"),
        pytest.param({"timeframe": "ongoing"}, "timeframe", id="no end"),
        pytest.param({"timeframe": None}, "timeframe", id="no timeframe"),
        pytest.param({"intensity": "extreme"}, "intensity", id="unknown intensity"),
        pytest.param({"idempotencyKey": "1"}, "idempotencyKey", id="no UUID"),
        pytest.param({"uid": "x"}, "uid", id="unknown field"),
    ],
)
def test_requests_past_the_limits_name_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidArgumentError) as refusal:
        wire.parse(GeneratePlan, REQUEST | changes)

    assert refusal.value.details[0]["field"] == field


@pytest.mark.parametrize("status", [AssessmentStatus.SUBMITTED, AssessmentStatus.ANALYZING])
def test_a_plan_needs_an_analysis(status: AssessmentStatus) -> None:
    assessment = Assessment(
        uid="p", status=status, questionnaire_version=1, submitted_at=AT, lease_until=AT
    )

    with pytest.raises(FailedPreconditionError):
        lifecycle.require_analyzed(assessment)
    with pytest.raises(FailedPreconditionError):
        lifecycle.require_analyzed(None)
    lifecycle.require_analyzed(assessment.model_copy(update={"status": AssessmentStatus.ANALYZED}))


def test_a_plan_becomes_ready() -> None:
    plan = Plan(uid="p", assessment_id="a", requested_at=AT, lease_until=AT, attempts=2)

    done = lifecycle.ready(plan, worker=2, source=Source.MODEL, at=AT)

    assert (done.status, done.source, done.ready_at) == (PlanStatus.READY, Source.MODEL, AT)
