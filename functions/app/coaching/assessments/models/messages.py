"""The messages of the functions of assessments."""

from app.coaching.assessments.models.analysis import Analysis
from app.coaching.assessments.models.answers import Answers
from app.coaching.assessments.models.documents import AssessmentStatus
from app.coaching.assessments.models.readiness import Intensity, Readiness, ReadinessSummary
from app.coaching.generation.models import Source
from app.kit.model import DocumentId, Instant, Message
from app.kit.pages import PageRequest
from app.platform.model.models import Resource


class AssessmentSubmitted(Message):
    """The response of `assessments_submit`."""

    assessment_id: DocumentId
    readiness: Readiness
    intensity: Intensity
    status: AssessmentStatus


class GetReadiness(Message):
    """The request of `assessments_get_readiness`."""


class GetResult(Message):
    """The request of `assessments_get_result`."""

    assessment_id: DocumentId


class AssessmentItem(Message):
    """An assessment without anything sensitive."""

    assessment_id: DocumentId
    status: AssessmentStatus
    progress: int
    source: Source | None
    questionnaire_version: int
    submitted_at: Instant
    analyzed_at: Instant | None


class AssessmentResult(AssessmentItem):
    """The response of `assessments_get_result`.

    `analysis` is null until it is there. `resources` say where help is, for who seems to need it.
    """

    answers: Answers
    readiness: ReadinessSummary
    analysis: Analysis | None
    resources: tuple[Resource, ...]


class ListAssessments(PageRequest):
    """The request of `assessments_list`."""


class AssessmentPage(Message):
    """The response of `assessments_list`: the newest first."""

    items: tuple[AssessmentItem, ...]
    next_cursor: str | None
