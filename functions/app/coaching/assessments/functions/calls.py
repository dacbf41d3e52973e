"""The callables of assessments that read or write what people answered."""

from typing import TYPE_CHECKING, Any

from app.coaching.assessments import store
from app.coaching.assessments.models.answers import SubmitAssessment
from app.coaching.assessments.models.documents import Assessment, AssessmentStatus
from app.coaching.assessments.models.messages import (
    AssessmentItem,
    AssessmentPage,
    AssessmentResult,
    AssessmentSubmitted,
    GetReadiness,
    GetResult,
    ListAssessments,
)
from app.coaching.assessments.models.readiness import LatestReadiness, Readiness
from app.coaching.assessments.policy import readiness
from app.coaching.assessments.policy.questionnaire import VERSION
from app.coaching.assessments.policy.retake import check_retake
from app.coaching.generation.policy import START_GRACE
from app.kit import clock, ids
from app.kit.callables import Caller, callable_function
from app.kit.errors import NotFoundError
from app.kit.limits import READS, WRITES
from app.platform.operations.idempotency import Operation, once
from app.platform.records.vault import Owner
from app.platform.subscriptions import entitlements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write


@callable_function(limits=WRITES)
def assessments_submit(request: SubmitAssessment, caller: Caller) -> AssessmentSubmitted:
    """Store the ten answers sealed and answer the readiness; the analysis follows by itself.

    One batched read and one commit. Of two submissions at the same moment one is stored: the
    commit is conditional on the state that the retake rule was decided on.

    Errors: `invalid-argument` naming the field; `failed-precondition` with the reason `plan` for a
    second one on a plan that includes one, and with `daysRemaining` within 30 x 24 hours of the
    last one; `unavailable` while answers cannot be sealed.
    """
    operation = Operation.of(caller.uid, "assessments_submit", request)
    assessment_id = ids.new()
    answers = request.answers()
    summary = readiness.summarize(answers)
    response = AssessmentSubmitted(
        assessment_id=assessment_id,
        readiness=Readiness(score=summary.score, level=summary.level),
        intensity=summary.intensity,
        status=AssessmentStatus.SUBMITTED,
    )

    def decide(
        seen: "tuple[Snapshot[Any], ...]",
    ) -> "tuple[AssessmentSubmitted, Sequence[Write]]":
        state, subscribed = seen
        at = clock.now()
        included = entitlements.of(subscribed.value, at).limits.assessments
        entitlements.require_room(included, 0 if state.value is None else 1)
        check_retake(state.value and state.value.submitted_at, at=at)
        assessment = Assessment(
            uid=caller.uid,
            questionnaire_version=VERSION,
            submitted_at=at,
            lease_until=at + START_GRACE,
        )
        return response, store.submission(assessment_id, assessment, answers, summary, state)

    reads = (store.states.key(caller.uid), entitlements.key(caller.uid))
    return once(operation, AssessmentSubmitted, reads=reads, decide=decide)


@callable_function(limits=READS)
def assessments_get_readiness(
    request: GetReadiness,  # noqa: ARG001  # its type is what refuses unknown fields
    caller: Caller,
) -> LatestReadiness:
    """Answer the readiness of the caller's latest assessment. One read and one commit.

    Errors: `not-found` for who has taken none.
    """
    state = store.states.get(caller.uid)
    if state is None:
        raise NotFoundError("Take the assessment first.")
    summary = store.readiness_in(state, caller.uid, by=Owner(caller.uid)).now()
    return LatestReadiness(
        **dict(summary),
        assessment_id=state.latest_assessment_id,
        submitted_at=state.submitted_at,
        message=readiness.MESSAGES[summary.level],
        hours_per_week=readiness.HOURS_PER_WEEK[summary.intensity],
    )


@callable_function(limits=READS, check_revoked=True)
def assessments_get_result(request: GetResult, caller: Caller) -> AssessmentResult:
    """Answer an assessment of the caller: answers as given, readiness, and the analysis if there.

    One batched read and one commit. Errors: `not-found`, also for another person's.
    """
    result = store.load(request.assessment_id, uid=caller.uid, by=Owner(caller.uid))
    return AssessmentResult(
        **dict(_item(request.assessment_id, result.assessment)),
        answers=result.answers,
        readiness=result.readiness,
        analysis=result.analysis,
        resources=result.resources,
    )


@callable_function(limits=READS)
def assessments_list(request: ListAssessments, caller: Caller) -> AssessmentPage:
    """Answer the caller's assessments without anything sensitive, newest first. One query.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    found, next_cursor = store.page_of(caller.uid, limit=request.limit, cursor=request.cursor)
    return AssessmentPage(
        items=tuple(_item(assessment_id, assessment) for assessment_id, assessment in found),
        next_cursor=next_cursor,
    )


def _item(assessment_id: str, assessment: Assessment) -> AssessmentItem:
    return AssessmentItem(
        assessment_id=assessment_id,
        status=assessment.status,
        progress=assessment.progress,
        source=assessment.source,
        questionnaire_version=assessment.questionnaire_version,
        submitted_at=assessment.submitted_at,
        analyzed_at=assessment.analyzed_at,
    )
