"""The analysis of an assessment. The model and the rules answer in this same schema."""

from typing import Annotated

from pydantic import Field

from app.coaching.assessments.models.answers import QuestionId
from app.coaching.generation.models import WrittenText
from app.kit.model import Message


class Claim(Message):
    """Something said about the person, and the questions whose answers it rests on."""

    text: WrittenText
    question_ids: Annotated[tuple[QuestionId, ...], Field(min_length=1, max_length=10)]


class AnalysisDraft(Message):
    """An analysis as the model or the rules write it."""

    strengths: Annotated[tuple[Claim, ...], Field(min_length=3, max_length=4)]
    development_areas: Annotated[tuple[Claim, ...], Field(min_length=3, max_length=4)]
    success_factors: Annotated[tuple[Claim, ...], Field(min_length=3, max_length=4)]
    potential_challenges: Annotated[tuple[Claim, ...], Field(min_length=2, max_length=3)]
    recommended_focus: Annotated[tuple[Claim, ...], Field(min_length=3, max_length=3)]
    learning_approach: Claim

    def claims(self) -> tuple[Claim, ...]:
        """Return every claim."""
        return (
            *self.strengths,
            *self.development_areas,
            *self.success_factors,
            *self.potential_challenges,
            *self.recommended_focus,
            self.learning_approach,
        )


class Analysis(AnalysisDraft):
    """A checked analysis. Sensitive: it is stored sealed."""

    confidence: Annotated[float, Field(ge=0, le=1)]
    """The share of claims whose every citation is a question that the person answered."""
