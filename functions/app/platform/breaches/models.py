"""Breaches: their documents, and the messages of their functions.

There is no free text: a description would sooner or later name somebody.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.kit.model import Document, DocumentId, IdempotencyKey, Instant, Message, Revised
from app.kit.pages import PageRequest
from app.platform.records.models import Category

People = Annotated[int, Field(ge=0, le=10_000_000)]


class BreachKind(StrEnum):
    """How it happened."""

    UNAUTHORIZED_ACCESS = "unauthorized_access"
    MISDIRECTED = "misdirected"
    LOST_OR_STOLEN = "lost_or_stolen"
    MALWARE = "malware"
    BY_A_PROCESSOR = "by_a_processor"
    OTHER = "other"


class Duty(StrEnum):
    """Whom the law may want told, each with a clock of its own."""

    PEOPLE_COLORADO = "people_colorado"
    PEOPLE_FEDERAL = "people_federal"
    ATTORNEY_GENERAL = "attorney_general"
    CREDIT_AGENCIES = "credit_agencies"
    MEDIA = "media"
    HHS = "hhs"
    FTC = "ftc"


class Done(StrEnum):
    """How a duty ended."""

    NOTIFIED = "notified"
    NOT_APPLICABLE = "not_applicable"
    """Counsel says that this law does not apply to this breach."""


class Ended(Document):
    """That a duty was met, or found not to apply."""

    how: Done
    at: Instant
    by: str


class Breach(Revised):
    """`breaches/{id}`: a breach in numbers and dates. It names nobody who is affected.

    `ended` is keyed by duty.
    """

    recorded_by: str
    recorded_at: Instant
    discovered_at: Instant
    kind: BreachKind
    categories: tuple[Category, ...]
    people_affected: int
    colorado_residents: int
    most_in_one_state: int
    ended: dict[str, Ended] = Field(default_factory=dict)


class Numbers(Message):
    """How many people a breach affects, as far as is known.

    Attributes:
        people_affected: altogether.
        colorado_residents: of those in Colorado.
        most_in_one_state: of those in the state with the most of them, which the media rule counts.
    """

    people_affected: People
    colorado_residents: People
    most_in_one_state: People


class RecordBreach(Numbers):
    """The request of `breaches_record`. `discoveredAt` starts every clock."""

    discovered_at: Instant
    kind: BreachKind
    categories: Annotated[tuple[Category, ...], Field(min_length=1, max_length=6)]
    idempotency_key: IdempotencyKey


class UpdateBreach(Message):
    """The request of `breaches_update`: new numbers, or the end of a duty, or both."""

    breach_id: DocumentId
    numbers: Numbers | None = None
    duty: Duty | None = None
    how: Done | None = None
    at: Instant | None = None
    idempotency_key: IdempotencyKey


class Clock(Message):
    """One duty and its time. `daysLeft` is rounded up, and negative when it is overdue.

    `due` is None where the law names no date, and `applies` is False below its threshold.
    """

    duty: Duty
    whom: str
    basis: str
    applies: bool
    due: Instant | None
    days_left: int | None
    overdue: bool
    how: Done | None
    ended_at: Instant | None


class BreachView(Message):
    """A breach with its clocks, as they stand at the moment."""

    breach_id: DocumentId
    recorded_by: str
    recorded_at: Instant
    discovered_at: Instant
    kind: BreachKind
    categories: tuple[Category, ...]
    people_affected: int
    colorado_residents: int
    most_in_one_state: int
    clocks: tuple[Clock, ...]


class ListBreaches(PageRequest):
    """The request of `breaches_list`."""


class BreachPage(Message):
    """The response of `breaches_list`: those discovered last come first."""

    items: tuple[BreachView, ...]
    next_cursor: str | None
