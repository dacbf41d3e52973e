"""Gifts and their movements, as the donations and the payments of the platform write them."""

from datetime import UTC, datetime, timedelta

from app.kit import clock, firestore
from app.kit.money import Currency
from app.platform.payments.models.documents import Movement, MovementKind, PaymentState, Reference
from app.platform.payments.store.truth import movements
from app.recovery.catalog.models import Category
from app.recovery.donations.models.gifts import Donation
from app.recovery.donations.store.gifts import donations
from app.recovery.ledger import store
from app.recovery.ledger.models import Batch, Entry, Head, QueueItem
from app.recovery.ledger.policy import intake

DAY = datetime(2027, 1, 15, 12, tzinfo=UTC)


def give(name: str, allocation: dict[str, int] | None = None, **changed: object) -> str:
    """Store the gift `name`, paid in full with a fee of 30 cents; return its movement's id."""
    allocation = allocation or {"FOOD": 45_00}
    gross_cents = sum(allocation.values())
    donation = Donation(
        uid=f"donor-of-{name}",
        items=(),
        custom_amount_cents=None,
        allocation={Category(fund): cents for fund, cents in allocation.items()},
        fee_cover_cents=0,
        amount_cents=gross_cents,
        currency=Currency.USD,
        anonymous=False,
        state=PaymentState.SUCCEEDED,
        checkout_session_id=f"cs_{name}",
        created_at=DAY,
        sealed={},
    )
    firestore.commit(donations.put(name, donation))
    return move(name, f"pi_{name}", MovementKind.CAPTURED, gross_cents, 30, **changed)


def give_back(name: str, gross_cents: int, number: int = 1) -> str:
    """Store a refund of the gift `name`; return its movement's id."""
    return move(name, f"re_{name}_{number}", MovementKind.REFUNDED, gross_cents, 0)


def move(  # noqa: PLR0913  # one movement
    name: str,
    natural_id: str,
    kind: MovementKind,
    gross_cents: int,
    fee_cents: int,
    *,
    at: datetime = DAY,
    age: timedelta = timedelta(),
    reference_kind: str = "donation",
) -> str:
    """Store a movement that payments wrote `age` ago, and return its id."""
    movement = Movement(
        account="platform",
        object_id=natural_id,
        phase="succeeded",
        kind=kind,
        payment_intent_id=f"pi_{name}",
        reference=Reference(kind=reference_kind, id=name),
        gross_cents=gross_cents,
        fee_cents=fee_cents,
        net_cents=(gross_cents if kind is MovementKind.CAPTURED else -gross_cents) - fee_cents,
        currency=Currency.USD,
        occurred_at=at,
        created_at=clock.now() - age,
    )
    firestore.commit(movements.create(natural_id, movement))
    return natural_id


def idem(natural_id: str) -> str:
    """Return the key of a movement in the queue."""
    return intake.idem("platform", natural_id, "succeeded")


def queued(natural_id: str) -> QueueItem:
    """Return the queue item of a movement."""
    item = store.queue.get(idem(natural_id))
    assert item is not None
    return item


def ledger() -> tuple[Head, list[Batch], dict[str, QueueItem], list[Entry]]:
    """Return the whole ledger as it is stored: head, batches, queue, entries."""
    head = store.heads.get(store.MAIN) or Head()
    keys = [store.batches.key(store.batch_id(number)) for number in range(head.batches)]
    batches = firestore.read(*keys) if keys else ()
    queue = store.queue.find(limit=1000)
    entries = store.entries.find(order_by="index", limit=1000)
    return (
        head,
        [seen.value for seen in batches],
        {seen.id: seen.value for seen in queue if seen.value is not None},
        [seen.value for seen in entries if seen.value is not None],
    )
