"""What mirrors Stripe, written under a lease on the object that it mirrors."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.kit import ids
from app.kit.errors import AbortedError
from app.kit.firestore import Collection, Key, Snapshot, Write, commit, read, retrying
from app.platform.payments.models.documents import (
    PLATFORM,
    ConnectedAccount,
    Invoice,
    Lease,
    Mirror,
    Movement,
    Payment,
    Payout,
    Reference,
    Subscription,
    Transfer,
)
from app.platform.payments.models.events import PaymentEvent
from app.platform.payments.models.stripe import Finding
from app.platform.payments.store import events

leases = Collection("payment_leases", Lease)
payments = Collection("payments", Payment)
subscriptions = Collection("stripe_subscriptions", Subscription)
invoices = Collection("stripe_invoices", Invoice)
transfers = Collection("stripe_transfers", Transfer)
payouts = Collection("stripe_payouts", Payout)
accounts = Collection("stripe_accounts", ConnectedAccount)
movements = Collection("payment_movements", Movement)

MAX_PAYMENTS_PER_REFERENCE = 100
PAGE = 100


@dataclass(frozen=True)
class Turn:
    """The turn of one worker at one object.

    Attributes:
        event_id: the event that led here.
        root_id: what the lease is on.
        owner: whom `take_lease` named.
        at: the time.
    """

    event_id: str
    root_id: str
    owner: str
    at: datetime


MIRRORS: dict[type[Mirror], Collection[Any]] = {
    Payment: payments,
    Subscription: subscriptions,
    Invoice: invoices,
    Transfer: transfers,
    Payout: payouts,
    ConnectedAccount: accounts,
}


def payments_for(reference: Reference) -> list[Payment]:
    """Return every payment for one thing."""
    found = payments.find(
        equal={"reference.kind": reference.kind, "reference.id": reference.id},
        limit=MAX_PAYMENTS_PER_REFERENCE,
    )
    return [snapshot.value for snapshot in found if snapshot.value is not None]


def movements_at(movement_ids: Iterable[str]) -> dict[str, Movement]:
    """Return those movements that there are, by id. One read, or none for none."""
    keys = [movements.key(movement_id) for movement_id in movement_ids]
    found = read(*keys) if keys else ()
    return {seen.id: seen.value for seen in found if seen.value is not None}


def movements_between(since: datetime, before: datetime) -> dict[str, Movement]:
    """Return the movements of our own money of a time, by id. A query for each page."""
    moved: dict[str, Movement] = {}
    after = None
    while True:
        found = movements.find(
            since={"occurredAt": since},
            before={"occurredAt": before},
            order_by="occurredAt",
            after=after,
            limit=PAGE,
        )
        moved |= {seen.id: seen.value for seen in found if seen.value is not None}
        if len(found) < PAGE:
            return {key: value for key, value in moved.items() if value.account == PLATFORM}
        after = moved[found[-1].id].occurred_at, found[-1].id


def unsettled() -> Iterator[list[tuple[str, str]]]:
    """Yield id and account of the accounts and payouts that have not ended, a query a page."""
    for collection in (accounts, payouts):
        after = None
        while True:
            found = collection.find(equal={"settled": False}, after_id=after, limit=PAGE)
            yield [(seen.id, seen.value.account) for seen in found if seen.value is not None]
            if len(found) < PAGE:
                break
            after = found[-1].id


def take_lease(root_id: str, at: datetime, until: datetime) -> str:
    """Become the one who may write the state of an object, and return the owner's name.

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
            raise AbortedError("This object is being looked at.")
        commit(leases.replace(seen, Lease(owner=owner, expires_at=until)))
        return owner

    return retrying(attempt)


def settle(
    turn: Turn, finding: Finding | None, change: Callable[[PaymentEvent], PaymentEvent]
) -> None:
    """Write what was found under the lease, change the event and give the lease back: all or none.

    Args:
        turn: whose lease it is, and on what.
        finding: None for an object that is not ours, or where nothing is to be said yet.
        change: what becomes of the event.

    Raises:
        AbortedError: the lease was lost, and with it the right to write what may be stale.
    """

    def attempt() -> None:
        event, lease, *seen = read(*_keys(turn), *_places(finding))
        writes = events.writes(event, change)
        if lease.value is None or lease.value.owner != turn.owner:
            if not writes:  # committed before; the answer was lost
                return
            raise AbortedError("The lease on this object was lost.")
        if finding is not None:
            writes += _changes(finding, *seen)
        commit(_release(lease, turn.at), *writes)

    retrying(attempt)


def give_back(turn: Turn, change: Callable[[PaymentEvent], PaymentEvent]) -> None:
    """End the lease without having found anything, and change the event if it is unhandled."""

    def attempt() -> None:
        event, lease = read(*_keys(turn))
        if lease.value is None or lease.value.owner != turn.owner:
            return  # done before, and the answer was lost; or somebody else tries now
        commit(_release(lease, turn.at), *events.writes(event, change))

    retrying(attempt)


def _release(lease: Snapshot[Lease], at: datetime) -> Write:
    """Return the write that ends a lease. It fails where somebody else has taken that."""
    return leases.replace(lease, Lease(owner="", expires_at=at))


def _keys(turn: Turn) -> tuple[Key[Any], Key[Any]]:
    return events.events.key(turn.event_id), leases.key(turn.root_id)


def _places(finding: Finding | None) -> list[Key[Any]]:
    """Return the places that a finding is written to."""
    if finding is None:
        return []
    places = [movements.key(movement.natural_id) for movement in finding.movements]
    return [MIRRORS[type(finding.mirror)].key(finding.id), *places]


def _changes(
    finding: Finding, mirror: Snapshot[Any], *moved: Snapshot[Movement]
) -> Iterator[Write]:
    """Yield the writes of what a finding tells that was not known, given what is at `_places`."""
    if mirror.value is None or not mirror.value.says_the_same_as(finding.mirror):
        yield mirror.key.collection.replace(mirror, finding.mirror)
    for movement, before in zip(finding.movements, moved, strict=True):
        if before.value is None:
            yield movements.create(movement.natural_id, movement)
