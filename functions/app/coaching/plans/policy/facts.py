"""What a plan is written from."""

from dataclasses import dataclass

from app.coaching.assessments.models.analysis import Analysis
from app.coaching.assessments.models.answers import LearningStyle
from app.coaching.plans.models import PlanWish


@dataclass(frozen=True)
class PlanFacts:
    """The wish, the analysis and the one answer that a plan needs."""

    wish: PlanWish
    analysis: Analysis
    learning_style: LearningStyle
