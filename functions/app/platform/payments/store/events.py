"""Events of Stripe, as they were received and what became of them."""

from collections.abc import Callable
from datetime import datetime

from app.kit.errors import NotFoundError, UnavailableError
from app.kit.firestore import (
    Collection,
    ConflictError,
    OutcomeUnknownError,
    Snapshot,
    Write,
    commit,
)
from app.platform.payments.models.events import PaymentEvent

events = Collection("payment_events", PaymentEvent)


def record(event_id: str, event: PaymentEvent) -> PaymentEvent:
    """Store an event unless it is stored; return what is stored.

    Raises:
        UnavailableError: it may not have been stored; Stripe delivers it again.
    """
    try:
        commit(events.create(event_id, event))
    except OutcomeUnknownError as error:
        raise UnavailableError("The event could not be stored. Send it again.") from error
    except ConflictError:
        return required_event(event_id)
    return event


def required_event(event_id: str) -> PaymentEvent:
    """Return an event.

    Raises:
        NotFoundError: there is no such event.
    """
    event = events.get(event_id)
    if event is None:
        raise NotFoundError("There is no such event.")
    return event


def due(before: datetime, limit: int) -> list[str]:
    """Return the ids of events that are to be tried by now, those that wait longest first."""
    found = events.find(before={"dueAt": before}, order_by="dueAt", limit=limit)
    return [event.id for event in found]


def writes(
    event: Snapshot[PaymentEvent], change: Callable[[PaymentEvent], PaymentEvent]
) -> list[Write]:
    """Return the write of a change to an event; none if it is handled or stays as it is."""
    if event.value is None or event.value.handled_at is not None:
        return []
    changed = change(event.value)
    return [] if changed == event.value else [events.replace(event, changed)]
