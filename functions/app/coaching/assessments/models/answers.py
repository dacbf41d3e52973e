"""The ten answers, their options and every limit on them. Lengths are in code points."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from app.coaching.generation.models import not_blank
from app.kit.model import IdempotencyKey, Message

ROLE_MAX_LENGTH = 100
CHALLENGES_MAX = 5
CHALLENGE_OTHER_MAX_LENGTH = 200
SKILLS_MAX = 3
SKILL_OTHER_MAX_LENGTH = 100
GOALS_MAX_LENGTH = 1000
COMMITMENT_MAX = 5
SCORE_MAX = 10
CONTEXT_MAX_LENGTH = 500


class QuestionId(StrEnum):
    """The ten questions, each under the name of its answer on the wire."""

    PROFESSIONAL_ROLE = "professionalRole"
    MAIN_CHALLENGES = "mainChallenges"
    SKILL_PRIORITIES = "skillPriorities"
    LEARNING_STYLE = "learningStyle"
    GOAL_TIMEFRAME = "goalTimeframe"
    GOALS_TEXT = "goalsText"
    COMMITMENT_LEVEL = "commitmentLevel"
    FEEDBACK_OPENNESS_SCORE = "feedbackOpennessScore"
    SATISFACTION_BASELINE = "satisfactionBaseline"
    ADDITIONAL_CONTEXT = "additionalContext"


class Challenge(StrEnum):
    """What a person may find hard at work."""

    LEADING_REMOTE_TEAMS = "leading_remote_teams"
    MANAGING_DIFFICULT_CONVERSATIONS = "managing_difficult_conversations"
    BUILDING_TEAM_CULTURE = "building_team_culture"
    PERFORMANCE_MANAGEMENT = "performance_management"
    STRATEGIC_PLANNING = "strategic_planning"
    CHANGE_MANAGEMENT = "change_management"
    WORK_LIFE_BALANCE = "work_life_balance"
    CAREER_DEVELOPMENT = "career_development"
    COMMUNICATION_SKILLS = "communication_skills"
    CONFLICT_RESOLUTION = "conflict_resolution"
    TIME_MANAGEMENT = "time_management"
    DECISION_MAKING = "decision_making"
    MOTIVATION_AND_ENGAGEMENT = "motivation_and_engagement"
    DIVERSITY_AND_INCLUSION = "diversity_and_inclusion"
    OTHER = "other"


class Skill(StrEnum):
    """What a person may want to become better at."""

    LEADERSHIP_PRESENCE = "leadership_presence"
    EMOTIONAL_INTELLIGENCE = "emotional_intelligence"
    STRATEGIC_THINKING = "strategic_thinking"
    COMMUNICATION = "communication"
    CONFLICT_RESOLUTION = "conflict_resolution"
    TEAM_BUILDING = "team_building"
    CHANGE_MANAGEMENT = "change_management"
    PERFORMANCE_COACHING = "performance_coaching"
    DECISION_MAKING = "decision_making"
    TIME_MANAGEMENT = "time_management"
    NETWORKING = "networking"
    PUBLIC_SPEAKING = "public_speaking"
    PROJECT_MANAGEMENT = "project_management"
    INNOVATION = "innovation"
    OTHER = "other"


class LearningStyle(StrEnum):
    """How a person likes to learn."""

    INDIVIDUAL_COACHING = "individual_coaching"
    GROUP_WORKSHOPS = "group_workshops"
    SELF_PACED = "self_paced"
    READING_RESEARCH = "reading_research"
    HANDS_ON_PRACTICE = "hands_on_practice"
    VIDEO_TUTORIALS = "video_tutorials"


class GoalTimeframe(StrEnum):
    """When a person wants to have reached their goals."""

    ONE_MONTH = "1_month"
    THREE_MONTHS = "3_months"
    SIX_MONTHS = "6_months"
    ONE_YEAR = "1_year"
    ONGOING = "ongoing"


def _each_once[E: StrEnum](chosen: tuple[E, ...]) -> tuple[E, ...]:
    if len(set(chosen)) < len(chosen):
        raise PydanticCustomError("duplicate", "Must not name an option twice")
    return chosen


class Answers(Message):
    """The ten answers, exactly as given; the own words for `other` belong to their question.

    An optional text that is absent is the same as an empty one.
    """

    professional_role: Annotated[str, Field(max_length=ROLE_MAX_LENGTH), AfterValidator(not_blank)]
    main_challenges: Annotated[
        tuple[Challenge, ...],
        Field(min_length=1, max_length=CHALLENGES_MAX),
        AfterValidator(_each_once),
    ]
    main_challenges_other: Annotated[str, Field(max_length=CHALLENGE_OTHER_MAX_LENGTH)] = ""
    skill_priorities: Annotated[
        tuple[Skill, ...],
        Field(min_length=1, max_length=SKILLS_MAX),
        AfterValidator(_each_once),
    ]
    skill_priorities_other: Annotated[str, Field(max_length=SKILL_OTHER_MAX_LENGTH)] = ""
    learning_style: LearningStyle
    goal_timeframe: GoalTimeframe
    goals_text: Annotated[str, Field(max_length=GOALS_MAX_LENGTH)] = ""
    commitment_level: Annotated[int, Field(ge=1, le=COMMITMENT_MAX)]
    feedback_openness_score: Annotated[int, Field(ge=1, le=SCORE_MAX)]
    satisfaction_baseline: Annotated[int, Field(ge=1, le=SCORE_MAX)]
    additional_context: Annotated[str, Field(max_length=CONTEXT_MAX_LENGTH)] = ""

    @field_validator("main_challenges_other", "skill_priorities_other")
    @classmethod
    def _belongs_to_other(cls, text: str, info: ValidationInfo) -> str:
        chosen = info.data.get(str(info.field_name).removesuffix("_other"))
        # A list that was refused is missing here, and is the only problem to tell.
        if text and chosen is not None and "other" not in chosen:
            raise PydanticCustomError("without_other", "Is only for those who choose other")
        return text

    def own_words(self) -> tuple[str, ...]:
        """Return what the person wrote, as opposed to chose."""
        return (
            self.professional_role,
            self.main_challenges_other,
            self.skill_priorities_other,
            self.goals_text,
            self.additional_context,
        )

    def answered(self) -> frozenset[QuestionId]:
        """Return the questions with an answer: all but optional texts that are blank."""
        blank = {
            question
            for question, text in (
                (QuestionId.GOALS_TEXT, self.goals_text),
                (QuestionId.ADDITIONAL_CONTEXT, self.additional_context),
            )
            if not text.strip()
        }
        return frozenset(QuestionId) - blank


class SubmitAssessment(Answers):
    """The request of `assessments_submit`."""

    idempotency_key: IdempotencyKey

    def answers(self) -> Answers:
        """Return the answers alone."""
        return Answers(**self.model_dump(exclude={"idempotency_key"}))
