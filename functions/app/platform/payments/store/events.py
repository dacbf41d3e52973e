"""Events of Stripe, as they were received and what became of them."""

from collections.abc import Callable, Mapping
from datetime import datetime

from app.kit.errors import NotFoundError, UnavailableError
from app.kit.firestore import (
    Collection,
    ConflictError,
    OutcomeUnknownError,
    Snapshot,
    Write,
    commit,
    read,
    retrying,
)
from app.platform.payments.models.events import EventState, PaymentEvent

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


def record_missing(found: Mapping[str, PaymentEvent]) -> list[str]:
    """Store those events, by id, that are not stored; return their ids. One read, and one commit.

    Those whose commit had no answer are stored and not returned: they are left to the sweep.
    """
    return _put(found, lambda event: event is None)


def reopen(looks: Mapping[str, PaymentEvent], before: datetime) -> list[str]:
    """Store looks, by id, unless one waits or was handled since `before`; return their ids.

    One read, and one commit, as `record_missing`.
    """
    return _put(
        looks,
        lambda event: event is None or (event.handled_at is not None and event.handled_at < before),
    )


def _put(
    values: Mapping[str, PaymentEvent], is_wanted: Callable[[PaymentEvent | None], bool]
) -> list[str]:
    def attempt() -> list[str]:
        seen = read(*map(events.key, values)) if values else ()
        wanted = [event for event in seen if is_wanted(event.value)]
        if wanted:
            commit(*(events.replace(event, values[event.id]) for event in wanted))
        return [event.id for event in wanted]

    return retrying(attempt)


def page_of(
    state: EventState, *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, PaymentEvent]], str | None]:
    """Return a page of the events in a state, oldest first, and the next cursor. One query.

    Raises:
        InvalidArgumentError: no page ever gave this cursor.
    """
    return events.oldest(of={"state": state}, by="receivedAt", limit=limit, cursor=cursor)


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
