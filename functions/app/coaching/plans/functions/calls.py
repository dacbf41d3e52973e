"""The callables of plans."""

from typing import TYPE_CHECKING, Any

from app.coaching.assessments import store as assessments
from app.coaching.generation.policy import START_GRACE
from app.coaching.plans import store
from app.coaching.plans.models import (
    GeneratePlan,
    GetPlan,
    ListPlans,
    Plan,
    PlanItem,
    PlanPage,
    PlanRequested,
    PlanResult,
    PlanWish,
)
from app.coaching.plans.policy import lifecycle
from app.kit import clock, ids
from app.kit.callables import Caller, callable_function
from app.kit.limits import COSTLY, READS
from app.platform.operations.idempotency import Operation, once
from app.platform.records.vault import Owner
from app.platform.subscriptions import entitlements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write


@callable_function(limits=COSTLY)
def plans_generate(request: GeneratePlan, caller: Caller) -> PlanRequested:
    """Ask for a plan from the caller's latest analysis; it is written by itself.

    One read of the caller's state, one batched read and one commit.

    Errors: `invalid-argument` naming the field; `failed-precondition` while there is no analysis,
    and with the reason `plan` for a second plan where the subscription includes one;
    `unavailable` while goals cannot be sealed.
    """
    operation = Operation.of(caller.uid, "plans_generate", request)
    plan_id = ids.new()
    state = lifecycle.require_assessment(assessments.states.get(caller.uid))

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[PlanRequested, Sequence[Write]]":
        assessment, active, subscribed = seen
        at = clock.now()
        included = entitlements.of(subscribed.value, at).limits.active_plans
        entitlements.require_room(included, 0 if active.value is None else 1)
        lifecycle.require_analyzed(assessment.value)
        opening = assessments.readiness_in(state, caller.uid, by=Owner(caller.uid))
        readiness = opening.take()  # leaves with the commit below, or not at all
        wish = PlanWish(
            goals=request.goals,
            timeframe=request.timeframe,
            intensity=request.intensity or readiness.intensity,
        )
        live = Plan(
            uid=caller.uid,
            assessment_id=state.latest_assessment_id,
            requested_at=at,
            lease_until=at + START_GRACE,
        )
        response = PlanRequested(plan_id=plan_id, status=live.status)
        return response, [*store.request(plan_id, live, wish, active), *opening.trail]

    reads = (
        assessments.assessments.key(state.latest_assessment_id),
        store.states.key(caller.uid),
        entitlements.key(caller.uid),
    )
    return once(operation, PlanRequested, reads=reads, decide=decide)


@callable_function(limits=READS, check_revoked=True)
def plans_get(request: GetPlan, caller: Caller) -> PlanResult:
    """Answer a plan of the caller: what was asked for, and the plan if it is there.

    One batched read and one commit. Errors: `not-found`, also for another person's.
    """
    opened = store.load(request.plan_id, uid=caller.uid, by=Owner(caller.uid))
    return PlanResult(
        **dict(_item(request.plan_id, opened.live)),
        **dict(opened.wish),
        plan=opened.plan,
        resources=opened.resources,
    )


@callable_function(limits=READS)
def plans_list(request: ListPlans, caller: Caller) -> PlanPage:
    """Answer the caller's plans without anything sensitive, newest first. One query.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    found, next_cursor = store.page_of(caller.uid, limit=request.limit, cursor=request.cursor)
    return PlanPage(
        items=tuple(_item(plan_id, plan) for plan_id, plan in found), next_cursor=next_cursor
    )


def _item(plan_id: str, plan: Plan) -> PlanItem:
    return PlanItem(
        plan_id=plan_id,
        assessment_id=plan.assessment_id,
        status=plan.status,
        progress=plan.progress,
        source=plan.source,
        requested_at=plan.requested_at,
        ready_at=plan.ready_at,
    )
