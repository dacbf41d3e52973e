"""Stripe's events: as they come, and as they are kept."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from app.kit.model import DocumentId, Instant, Message, Revised
from app.platform.stripe.models import StripeData

EventId = Annotated[str, Field(pattern=r"^evt_[A-Za-z0-9_]{1,100}$")]


class EventState(StrEnum):
    """What became of an event."""

    RECEIVED = "received"
    HANDLED = "handled"
    IGNORED = "ignored"
    """It is about nothing that payments follow."""
    PARKED = "parked"
    """Handling it failed for a reason that time may heal, or staff put it aside."""
    DEAD = "dead"
    """It failed too often, and waits for staff."""
    DISMISSED = "dismissed"
    """Staff decided that it stays unhandled."""


class DismissReason(StrEnum):
    """Why an event stays unhandled."""

    NOT_OURS = "not_ours"
    SETTLED_BY_HAND = "settled_by_hand"
    OF_NO_EFFECT = "of_no_effect"


LOOK = "look"
"""The type of an event that this backend makes itself, to look at an object once more."""


class PaymentEvent(Revised):
    """`payment_events/{account_eventId}`: that Stripe reported something, never its words.

    Those of type `LOOK`, `payment_events/{account_look_rootId}`, are our own.

    Attributes:
        object_id: the object that changed.
        root_id: the object whose state it is part of, which is looked up and mirrored; None for
            objects that payments do not follow.
        due_at: when the sweep queues it again; None for one that waits for nothing, or for staff.
        attempts: how often handling it failed for a reason of its own.
        problem: the type of the last such failure.
        reason: why staff dismissed it.
    """

    account: str
    type: str
    livemode: bool
    api_version: str | None
    object_id: str | None
    root_id: str | None
    received_at: Instant
    state: EventState
    due_at: Instant | None = None
    handled_at: Instant | None = None
    attempts: int = 0
    problem: str | None = None
    reason: DismissReason | None = None


class ProcessEvent(Message):
    """The task of `paymentsProcessEventTask`."""

    event_id: DocumentId


class ChangedObject(StripeData):
    """The object of an event, by what leads to its root. A balance, for one, has no id."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,255}$")] | None = None
    object: str
    payment_intent: Any = None
    status: Any = None
    transfer: Any = None


class EventData(StripeData):
    """What an event is about."""

    object: ChangedObject


class Event(StripeData):
    """A webhook's body, by what is kept of it."""

    id: EventId
    object: Literal["event"]
    type: Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,100}$")]
    livemode: bool
    api_version: Annotated[str, Field(pattern=r"^[a-z0-9.-]{1,64}$")] | None
    account: Annotated[str, Field(pattern=r"^acct_[A-Za-z0-9]{1,64}$")] | None = None
    data: EventData
