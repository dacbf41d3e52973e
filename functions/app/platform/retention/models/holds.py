"""Legal holds: what must not be deleted, though its time is over or its person asks."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.kit.model import DocumentId, IdempotencyKey, Instant, Message, Revised
from app.kit.pages import PageRequest

Matter = Annotated[str, Field(pattern=r"^[A-Z0-9-]{1,40}$")]
"""The number under which counsel keeps the matter. Not free text, which could tell of a person."""

RecordTypeName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,63}$")]
"""The name of a collection."""


PEOPLE, RECORDS = "person ", "records "
"""How `holding` begins. Holds of record types order after those of people."""


def person(uid: str) -> str:
    """Return the `holding` of a hold of a person."""
    return PEOPLE + uid


class HoldReason(StrEnum):
    """Why something is held."""

    LITIGATION = "litigation"
    INVESTIGATION = "investigation"
    REGULATOR = "regulator"
    COURT_ORDER = "court_order"


class HoldState(StrEnum):
    """How far a hold is. It holds until it is lifted."""

    PLACED = "placed"
    LIFT_ASKED = "lift_asked"
    LIFTED = "lifted"


class Hold(Revised):
    """`holds/{id}`: of all that is about one person, or of all of one record type.

    `holding` is what an active hold is found by, and "" once it is lifted.
    """

    subject: DocumentId | None
    record_type: str | None
    reason: HoldReason
    matter: Matter
    state: HoldState = HoldState.PLACED
    holding: str
    placed_by: str
    placed_at: Instant
    lift_asked_by: str | None = None
    lift_asked_at: Instant | None = None
    lifted_by: str | None = None
    lifted_at: Instant | None = None


class PlaceHold(Message):
    """The request of `retention_place_hold`: either the uid of a person or a record type."""

    idempotency_key: IdempotencyKey
    subject: DocumentId | None = None
    record_type: RecordTypeName | None = None
    reason: HoldReason
    matter: Matter

    @model_validator(mode="after")
    def _of_one_thing(self) -> "PlaceHold":
        if (self.subject is None) == (self.record_type is None):
            raise PydanticCustomError("one_of", "Must name either subject or recordType")
        return self


class LiftHold(Message):
    """The request of `retention_lift_hold`."""

    idempotency_key: IdempotencyKey
    hold_id: DocumentId


class ListHolds(PageRequest):
    """The request of `retention_list_holds`."""


class HoldView(Message):
    """A hold as staff see it."""

    hold_id: DocumentId
    subject: DocumentId | None
    record_type: str | None
    reason: HoldReason
    matter: str
    state: HoldState
    placed_by: str
    placed_at: Instant
    lift_asked_by: str | None
    lifted_by: str | None
    lifted_at: Instant | None


class HoldPage(Message):
    """The response of `retention_list_holds`, newest first, lifted ones too."""

    items: tuple[HoldView, ...]
    next_cursor: str | None
