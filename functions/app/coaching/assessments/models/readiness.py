"""How ready a person is for coaching, as computed from their answers."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.kit.model import DocumentId, Instant, Message

Score = Annotated[float, Field(ge=0, le=1)]
"""From 0 to 1, to four places: 1 is as ready as can be."""


class ReadinessLevel(StrEnum):
    """The score in a word."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Intensity(StrEnum):
    """How much coaching a person is up for."""

    INTENSIVE = "intensive"
    REGULAR = "regular"
    LIGHT = "light"


class FocusArea(StrEnum):
    """Where development can start."""

    LEADERSHIP_DEVELOPMENT = "leadership_development"
    COMMUNICATION_ENHANCEMENT = "communication_enhancement"
    STRATEGIC_THINKING = "strategic_thinking"
    PRODUCTIVITY_OPTIMIZATION = "productivity_optimization"


class WeeklyHours(Message):
    """A range of hours a week, both ends included."""

    minimum: int
    maximum: int


class Readiness(Message):
    """The score and its level."""

    score: Score
    level: ReadinessLevel


class ReadinessSummary(Readiness):
    """All that readiness says. Sensitive: it is stored sealed."""

    intensity: Intensity
    focus_areas: Annotated[tuple[FocusArea, ...], Field(max_length=3)]


class LatestReadiness(ReadinessSummary):
    """The response of `assessments_get_readiness`."""

    assessment_id: DocumentId
    submitted_at: Instant
    message: str
    hours_per_week: WeeklyHours
