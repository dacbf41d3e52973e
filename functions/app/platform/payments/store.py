"""The only code that reads or writes the collections of payments."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from app.kit import ids
from app.kit.errors import AbortedError, NotFoundError, UnavailableError
from app.kit.firestore import (
    Collection,
    ConflictError,
    Key,
    OutcomeUnknownError,
    Snapshot,
    Write,
    commit,
    read,
    retrying,
)
from app.platform.payments.models import (
    EventState,
    Finding,
    Lease,
    Movement,
    Payment,
    PaymentEvent,
    Reference,
)

events = Collection("payment_events", PaymentEvent)
leases = Collection("payment_leases", Lease)
payments = Collection("payments", Payment)
movements = Collection("payment_movements", Movement)

MAX_PAYMENTS_PER_REFERENCE = 100


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


def overdue(received_before: datetime, limit: int) -> list[str]:
    """Return the ids of the events that were to be handled and are not, oldest first."""
    found = events.find(
        equal={"state": EventState.RECEIVED},
        before={"receivedAt": received_before},
        order_by="receivedAt",
        limit=limit,
    )
    return [event.id for event in found]


def payments_for(reference: Reference) -> list[Payment]:
    """Return every payment for one thing."""
    found = payments.find(
        equal={"reference.kind": reference.kind, "reference.id": reference.id},
        limit=MAX_PAYMENTS_PER_REFERENCE,
    )
    return [snapshot.value for snapshot in found if snapshot.value is not None]


def take_lease(root_id: str, at: datetime, until: datetime) -> str:
    """Become the one who may write the state of a payment, and return the owner's name.

    Raises:
        AbortedError: somebody else is.
    """
    owner = ids.new()

    def attempt() -> str:
        (seen,) = read(leases.key(root_id))
        held: Lease | None = seen.value
        if held is not None and held.owner == owner:  # committed before; the answer was lost
            return owner
        if held is not None and held.expires_at > at:
            raise AbortedError("This payment is being looked at.")
        commit(leases.replace(seen, Lease(owner=owner, expires_at=until)))
        return owner

    return retrying(attempt)


def settle(event_id: str, root_id: str, owner: str, finding: Finding | None, at: datetime) -> None:
    """Write what was found under the lease, mark the event and give the lease back: all or none.

    Args:
        event_id: the event that led here.
        root_id: what the lease is on.
        owner: whom `take_lease` named.
        finding: None for an object that is not ours, or where nothing is to be said yet.
        at: the time.

    Raises:
        AbortedError: the lease was lost, and with it the right to write what may be stale.
    """
    state = EventState.IGNORED if finding is None else EventState.HANDLED

    def handled(event: PaymentEvent) -> PaymentEvent:
        return event.model_copy(update={"state": state, "handled_at": at})

    def attempt() -> None:
        event, lease, *seen = read(events.key(event_id), leases.key(root_id), *_keys(finding))
        writes = _event_writes(event, handled)
        if lease.value is None or lease.value.owner != owner:
            if not writes:  # committed before; the answer was lost
                return
            raise AbortedError("The lease on this payment was lost.")
        if finding is not None:
            writes += _changes(finding, *seen)
        commit(_release(lease, at), *writes)

    retrying(attempt)


def give_back(
    event_id: str,
    root_id: str,
    owner: str,
    at: datetime,
    change: Callable[[PaymentEvent], PaymentEvent],
) -> None:
    """End the lease without having found anything, and change the event if it is unhandled."""

    def attempt() -> None:
        event, lease = read(events.key(event_id), leases.key(root_id))
        if lease.value is None or lease.value.owner != owner:
            return  # done before, and the answer was lost; or somebody else tries now
        commit(_release(lease, at), *_event_writes(event, change))

    retrying(attempt)


def _release(lease: Snapshot[Lease], at: datetime) -> Write:
    """Return the write that ends a lease. It fails where somebody else has taken that."""
    return leases.replace(lease, Lease(owner="", expires_at=at))


def _event_writes(
    event: Snapshot[PaymentEvent], change: Callable[[PaymentEvent], PaymentEvent]
) -> list[Write]:
    """Return the write of a change to an event; none if it is handled or stays as it is."""
    if event.value is None or event.value.handled_at is not None:
        return []
    changed = change(event.value)
    return [] if changed == event.value else [events.replace(event, changed)]


def _keys(finding: Finding | None) -> list[Key[Any]]:
    """Return the places that a finding is written to."""
    if finding is None:
        return []
    places = [movements.key(movement.natural_id) for movement in finding.movements]
    return [payments.key(finding.id), *places]


def _changes(
    finding: Finding, payment: Snapshot[Payment], *moved: Snapshot[Movement]
) -> Iterator[Write]:
    """Yield the writes of what a finding tells that was not known, given what is at `_keys`."""
    if payment.value is None or not payment.value.says_the_same_as(finding.payment):
        yield payments.replace(payment, finding.payment)
    for movement, before in zip(finding.movements, moved, strict=True):
        if before.value is None:
            yield movements.create(movement.natural_id, movement)
