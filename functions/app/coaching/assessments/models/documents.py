"""The documents of assessments."""

from enum import StrEnum

from app.coaching.generation.models import Generated
from app.kit.model import Document, DocumentId, Instant, Revised


class AssessmentStatus(StrEnum):
    """How far the analysis is."""

    SUBMITTED = "submitted"
    ANALYZING = "analyzing"
    ANALYZED = "analyzed"


class Assessment(Generated):
    """`assessments/{id}`: what its owner sees live. Nothing in it is sensitive."""

    status: AssessmentStatus = AssessmentStatus.SUBMITTED
    questionnaire_version: int
    submitted_at: Instant
    analyzed_at: Instant | None = None


class SealedRecord(Document):
    """A document that no client reads, with every field of `sealed` under its person's key.

    `assessment_records/{id}` seals each answer under its name, and `readiness`;
    `analyses/{id}` seals `analysis` and `resources`.
    """

    uid: str
    sealed: dict[str, bytes]


class AssessmentState(Revised):
    """`assessment_state/{uid}`: the person's latest assessment; seals its `readiness`.

    It is what two submissions at the same moment compete for.
    """

    latest_assessment_id: DocumentId
    submitted_at: Instant
    sealed: dict[str, bytes]
