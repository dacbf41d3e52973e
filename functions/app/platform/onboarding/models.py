"""Steps, answers and progress of onboarding, and the messages of its functions."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.kit.locale import Locale
from app.kit.model import Document, IdempotencyKey, Instant, Message, Revised


class Step(StrEnum):
    """What there is to do. Stored, so a name once used stays."""

    ACCEPT_TERMS = "accept_terms"
    VERIFY_EMAIL = "verify_email"
    ADD_SECOND_FACTOR = "add_second_factor"
    ANSWER_QUESTIONS = "answer_questions"
    COMPLETE_PROFILE = "complete_profile"
    DECIDE_ON_PROCESSING = "decide_on_processing"
    TAKE_ASSESSMENT = "take_assessment"
    GENERATE_PLAN = "generate_plan"
    MAKE_GIFT = "make_gift"
    DECIDE_WHO_SEES_RECORDS = "decide_who_sees_records"
    SEE_LEDGER = "see_ledger"
    READ_WHAT_IS_SHARED = "read_what_is_shared"


class Reason(StrEnum):
    """Why a step is the best next one."""

    TERMS_NEEDED = "terms_needed"
    ADDRESS_UNPROVEN = "address_unproven"
    STAFF_ACCESS = "staff_access"
    FINDS_YOUR_STEPS = "finds_your_steps"
    FITS_COACHING = "fits_coaching"
    YOUR_CHOICE = "your_choice"
    FINDS_STRENGTHS = "finds_strengths"
    TURNS_INTO_ACTION = "turns_into_action"
    HELPS_SOMEBODY = "helps_somebody"
    YOUR_RECORDS = "your_records"
    SHOWS_WHERE_GIFTS_GO = "shows_where_gifts_go"
    SHARED_WITH_YOU = "shared_with_you"


class Product(StrEnum):
    """What somebody may have come for."""

    COACHING = "coaching"
    GIVING = "giving"
    RECOVERY_SUPPORT = "recovery_support"
    PARTNER = "partner"


class Pace(StrEnum):
    """How much of the onboarding somebody wants."""

    ESSENTIALS = "essentials"
    EVERYTHING = "everything"


class Answers(Message):
    """What somebody came for; `first` is what matters most to them."""

    products: Annotated[tuple[Product, ...], Field(min_length=1, max_length=4)]
    first: Product | None = None
    pace: Pace = Pace.EVERYTHING


class Progress(Document):
    """The steps that a person marked. None is in both."""

    done: frozenset[Step] = frozenset()
    skipped: frozenset[Step] = frozenset()


class StoredOnboarding(Revised):
    """`onboarding/{uid}`: what a person answered and which steps they marked.

    Sealed: `answers`, and `progress`, whose steps would tell the answers.
    """

    sealed: dict[str, bytes]
    updated_at: Instant


class Outcome(StrEnum):
    """How a person marks a step."""

    DONE = "done"
    SKIPPED = "skipped"


class StepState(StrEnum):
    """Where a step stands. A blocked one waits for another step."""

    DONE = "done"
    SKIPPED = "skipped"
    OPEN = "open"
    BLOCKED = "blocked"


class GetOnboarding(Message):
    """Asks for the caller's steps."""

    locale: Locale = Locale.EN


class AnswerOnboarding(Answers):
    """Puts these answers in the place of earlier ones."""

    locale: Locale = Locale.EN
    idempotency_key: IdempotencyKey


class MarkStep(Message):
    """Marks a step that is offered as done, or as skipped."""

    step: Step
    outcome: Outcome
    locale: Locale = Locale.EN
    idempotency_key: IdempotencyKey


class StepShown(Message):
    """A step that is offered."""

    step: Step
    state: StepState
    required: bool


class NextStep(Message):
    """The best next step, and why, as a code and as a text."""

    step: Step
    reason: Reason
    text: str


class Onboarding(Message):
    """Where a person stands: the steps in order, the next one if one can be taken now."""

    answers: Answers | None
    steps: tuple[StepShown, ...]
    next: NextStep | None
    finished: bool
