"""Emergencies: their documents, and the messages of their functions."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.kit.model import DocumentId, IdempotencyKey, Instant, Message, Revised
from app.kit.pages import PageRequest
from app.platform.records.messages import Shared

READ_MAX = 20

Name = Annotated[str, Field(max_length=200)]
Words = Annotated[str, Field(max_length=1000)]


class Finding(StrEnum):
    """What the review of an emergency came to."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


class Emergency(Revised):
    """`emergencies/{id}`: medical personnel were told of a person's records, or could have been.

    `uid` is the person. Sealed under the person's key: `personnelName`, `affiliation`, `discloser`
    and `nature` (42 CFR 2.51(c)).
    """

    uid: str
    opened_by: str
    opened_at: Instant
    occurred_at: Instant
    valid_until: Instant
    reviewed: bool = False
    reviewed_by: str | None = None
    reviewed_at: Instant | None = None
    finding: Finding | None = None
    sealed: dict[str, bytes]


class Details(Message):
    """What the law wants recorded of a disclosure in an emergency (42 CFR 2.51(c)).

    Attributes:
        personnel_name: of the medical personnel who are told.
        affiliation: the facility that they belong to.
        discloser: the name of who tells them.
        nature: what the emergency is.
    """

    personnel_name: Name
    affiliation: Name
    discloser: Name
    nature: Words


class OpenEmergency(Details):
    """The request of `emergencies_open`. `occurredAt` is when it happened or was reported."""

    subject_uid: DocumentId
    occurred_at: Instant
    idempotency_key: IdempotencyKey


class EmergencyOpened(Message):
    """The response of `emergencies_open`: until when its records can be read."""

    emergency_id: DocumentId
    valid_until: Instant


class ReadEmergency(PageRequest):
    """The request of `emergencies_read`."""

    emergency_id: DocumentId
    limit: Annotated[int, Field(ge=1, le=READ_MAX)] = READ_MAX


class EmergencyRecords(Message):
    """The response of `emergencies_read`. A page may be empty while `nextCursor` is there."""

    items: tuple[Shared, ...]
    next_cursor: str | None


class GetEmergency(Message):
    """The request of `emergencies_get`."""

    emergency_id: DocumentId


class EmergencyItem(Message):
    """An emergency without what is sealed of it."""

    emergency_id: DocumentId
    subject_uid: str
    opened_by: str
    opened_at: Instant
    occurred_at: Instant
    valid_until: Instant
    reviewed_by: str | None
    reviewed_at: Instant | None
    finding: Finding | None


class EmergencyView(EmergencyItem, Details):
    """The response of `emergencies_get`: all that was recorded."""


class ReviewEmergency(Message):
    """The request of `emergencies_review`."""

    emergency_id: DocumentId
    finding: Finding
    idempotency_key: IdempotencyKey


class ListEmergencies(PageRequest):
    """The request of `emergencies_list`."""

    reviewed: bool = False


class EmergencyPage(Message):
    """The response of `emergencies_list`: the newest first."""

    items: tuple[EmergencyItem, ...]
    next_cursor: str | None
