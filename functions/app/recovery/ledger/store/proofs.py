"""What proofs for donors are made of."""

from collections.abc import Sequence

from app.kit import firestore
from app.kit.errors import NotFoundError
from app.platform.payments.models.documents import Movement
from app.platform.payments.store.truth import movements
from app.recovery.donations.models.gifts import Donation
from app.recovery.donations.store.gifts import donations
from app.recovery.ledger.models import PrivateRecord, QueueItem
from app.recovery.ledger.store import private, queue

MAX_MOVEMENTS = 100
"""How many movements of one gift are looked at."""


def own_gift(donation_id: str, uid: str) -> Donation:
    """Return a donation of a person. One read.

    Raises:
        NotFoundError: there is none, or it is another's.
    """
    found = donations.get(donation_id)
    if found is None or found.uid != uid:
        raise NotFoundError("There is no such donation.")
    return found


def movements_of(donation_id: str, donation: Donation) -> list[Movement]:
    """Return the movements that may be of a donation, oldest first. One query."""
    if donation.payment_intent_id is not None:
        equal = {"paymentIntentId": donation.payment_intent_id}
    else:
        equal = {"reference.id": donation_id}
    found = movements.find(equal=equal, limit=MAX_MOVEMENTS)
    values = [seen.value for seen in found if seen.value is not None]
    return sorted(values, key=lambda movement: (movement.occurred_at, movement.natural_id))


def with_openings(idems: Sequence[str]) -> list[tuple[str, QueueItem, PrivateRecord | None]]:
    """Return those of `idems` that are queued, with what opens their commitments.

    One read, or none for none.
    """
    keys = [*map(queue.key, idems), *map(private.key, idems)]
    found = firestore.read(*keys) if keys else ()
    items, records = found[: len(idems)], found[len(idems) :]
    return [
        (item.id, item.value, record.value)
        for item, record in zip(items, records, strict=True)
        if item.value is not None
    ]
