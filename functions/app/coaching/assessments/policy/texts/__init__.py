"""The words of the questionnaire, one module for each language."""

from dataclasses import dataclass

from app.coaching.assessments.models.answers import QuestionId


@dataclass(frozen=True)
class Texts:
    """The questionnaire in one language.

    `labels` is keyed by option value: where challenges and skills share a value they share its
    label. `scales` holds what the lowest and the highest number mean.
    """

    questions: dict[QuestionId, str]
    labels: dict[str, str]
    scales: dict[QuestionId, tuple[str, str]]
    other_challenge: str
    other_skill: str
