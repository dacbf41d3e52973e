"""The life of an analysis: from submitted through analyzing to analyzed."""

from datetime import datetime

from app.coaching.assessments.models.analysis import Analysis, AnalysisDraft
from app.coaching.assessments.models.answers import Answers
from app.coaching.assessments.models.documents import Assessment, AssessmentStatus
from app.coaching.generation import policy as generation
from app.coaching.generation.models import Source


def claim(assessment: Assessment, *, at: datetime) -> Assessment:
    """Return `assessment` with its analysis leased to a new worker.

    Raises:
        NotYoursError: it is analyzed, or a worker's lease still runs.
    """
    claimed = generation.claim(assessment, at=at)
    return claimed.model_copy(update={"status": AssessmentStatus.ANALYZING})


def analyzed(assessment: Assessment, *, worker: int, source: Source, at: datetime) -> Assessment:
    """Return `assessment` with its analysis done.

    Raises:
        NotYoursError: it is analyzed already, or another worker has it.
    """
    done = generation.done(assessment, worker=worker, source=source)
    return done.model_copy(update={"status": AssessmentStatus.ANALYZED, "analyzed_at": at})


def checked(draft: AnalysisDraft, answers: Answers) -> Analysis:
    """Return `draft` with its confidence, rounded to four places.

    A claim counts when every question that it cites was answered.
    """
    answered = answers.answered()
    claims = draft.claims()
    resolved = sum(answered.issuperset(claim.question_ids) for claim in claims)
    return Analysis(**dict(draft), confidence=round(resolved / len(claims), 4))
