"""The messages of what staff do with events."""

from app.kit.model import DocumentId, IdempotencyKey, Instant, Message
from app.kit.pages import PageRequest
from app.platform.payments.models.events import DismissReason, EventState


class ListEvents(PageRequest):
    """The request of `payments_list_events`."""

    state: EventState = EventState.DEAD


class EventView(Message):
    """An event as staff see it: ids and states of Stripe's, and nobody's data.

    `dueAt` is when it is tried again; null for one that waits for nothing, or for staff.
    """

    event_id: str
    account: str
    type: str
    object_id: str | None
    root_id: str | None
    received_at: Instant
    state: EventState
    due_at: Instant | None
    attempts: int
    problem: str | None
    reason: DismissReason | None


class EventPage(Message):
    """The response of `payments_list_events`, oldest first."""

    items: tuple[EventView, ...]
    next_cursor: str | None


class ReplayEvent(Message):
    """The request of `payments_replay_event`."""

    idempotency_key: IdempotencyKey
    event_id: DocumentId


class ParkEvent(Message):
    """The request of `payments_park_event`."""

    idempotency_key: IdempotencyKey
    event_id: DocumentId


class DismissEvent(Message):
    """The request of `payments_dismiss_event`."""

    idempotency_key: IdempotencyKey
    event_id: DocumentId
    reason: DismissReason
