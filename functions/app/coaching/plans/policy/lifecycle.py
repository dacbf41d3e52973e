"""The life of a plan: from generating to ready."""

from datetime import datetime

from app.coaching.assessments.models.documents import Assessment, AssessmentState, AssessmentStatus
from app.coaching.generation import policy as generation
from app.coaching.generation.models import Source
from app.coaching.plans.models import Plan, PlanStatus
from app.kit.errors import FailedPreconditionError


def require_assessment(state: AssessmentState | None) -> AssessmentState:
    """Return the state of who has taken the assessment.

    Raises:
        FailedPreconditionError: they have not.
    """
    if state is None:
        raise FailedPreconditionError("Take the assessment first.")
    return state


def require_analyzed(assessment: Assessment | None) -> None:
    """Pass who has an analysis to plan from.

    Raises:
        FailedPreconditionError: the analysis is not there yet.
    """
    if assessment is None or assessment.status is not AssessmentStatus.ANALYZED:
        raise FailedPreconditionError("Your analysis is not ready yet. Try again in a minute.")


def ready(plan: Plan, *, worker: int, source: Source, at: datetime) -> Plan:
    """Return `plan` with its text there.

    Raises:
        NotYoursError: it is ready already, or another worker has it.
    """
    done = generation.done(plan, worker=worker, source=source)
    return done.model_copy(update={"status": PlanStatus.READY, "ready_at": at})
