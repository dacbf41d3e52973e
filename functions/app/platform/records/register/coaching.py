"""What coaching keeps."""

from app.platform.records.models import Access, Category, Purpose, RecordType
from app.platform.records.register.duties import COACHING_KEPT

_QUESTIONS = (
    "professionalRole",
    "mainChallenges",
    "mainChallengesOther",
    "skillPriorities",
    "skillPrioritiesOther",
    "learningStyle",
    "goalTimeframe",
    "goalsText",
    "commitmentLevel",
    "feedbackOpennessScore",
    "satisfactionBaseline",
    "additionalContext",
)
_ANSWERS = frozenset(_QUESTIONS)
_ANALYSIS = frozenset({Purpose.ANALYSIS})
_READINESS = frozenset({"readiness"})
_TEXT_AND_HELP = frozenset({"resources"})
_WISH = frozenset({"goals", "timeframe", "intensity"})

ROWS = (
    RecordType(
        "assessments",
        "How far the analysis of an assessment is",
        Category.COACHING,
        retention=COACHING_KEPT,
    ),
    RecordType(
        "assessment_state",
        "The latest assessment and its readiness",
        Category.COACHING,
        retention=COACHING_KEPT,
        owner_field="",
        access=Access(fields=_READINESS, shared=_READINESS),
    ),
    RecordType(
        "assessment_records",
        "The answers of an assessment and its readiness",
        Category.COACHING,
        retention=COACHING_KEPT,
        access=Access(
            fields=_ANSWERS | _READINESS,
            system_opens={Purpose.ANALYSIS: _ANSWERS},
            shared=_ANSWERS | _READINESS,
        ),
        answers=_QUESTIONS,
    ),
    RecordType(
        "analyses",
        "The analysis of an assessment, and help that was offered",
        Category.COACHING,
        retention=COACHING_KEPT,
        access=Access(
            fields=frozenset({"analysis"}) | _TEXT_AND_HELP,
            system_opens={Purpose.ANALYSIS: frozenset({"analysis"})},
            system_seals=_ANALYSIS,
            shared=frozenset({"analysis"}),
        ),
    ),
    RecordType(
        "plans", "How far a development plan is", Category.COACHING, retention=COACHING_KEPT
    ),
    RecordType(
        "plan_state",
        "The latest development plan",
        Category.COACHING,
        retention=COACHING_KEPT,
        owner_field="",
    ),
    RecordType(
        "plan_requests",
        "What a plan was asked for",
        Category.COACHING,
        retention=COACHING_KEPT,
        access=Access(fields=_WISH, system_opens={Purpose.ANALYSIS: _WISH}, shared=_WISH),
    ),
    RecordType(
        "plan_records",
        "A development plan, and help that was offered",
        Category.COACHING,
        retention=COACHING_KEPT,
        access=Access(
            fields=frozenset({"plan"}) | _TEXT_AND_HELP,
            system_seals=_ANALYSIS,
            shared=frozenset({"plan"}),
        ),
    ),
)
