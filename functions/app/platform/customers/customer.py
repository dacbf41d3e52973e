"""The customer of a person, the interface of this domain to all others."""

from typing import TYPE_CHECKING

from app.kit import clock, ids
from app.platform.customers import gateway, store
from app.platform.customers.models import Customer

if TYPE_CHECKING:
    from app.kit.firestore import Key, Snapshot, Write

__all__ = ["ensured", "forget", "key"]


def key(uid: str) -> "Key[Customer]":
    """Return the place of a person's customer, for the batched read of an operation."""
    return store.customers.key(uid)


def ensured(seen: "Snapshot[Customer]") -> "tuple[str, tuple[Write, ...]]":
    """Return the id of the customer that stands for a person, and the writes that keep it.

    One call to Stripe where there is none yet. Called again, or by two at once, it reaches the
    same customer; a crash can leave behind one that nothing is known of.

    Args:
        seen: what is at `key(uid)`. The writes fail where it has changed.

    Raises:
        UnavailableError: Stripe does not answer.
    """
    if seen.value is not None:
        return seen.value.customer_id, ()
    customer_id = gateway.create(ids.digest("customer/v1", seen.id))
    kept = Customer(customer_id=customer_id, created_at=clock.now())
    return customer_id, (store.customers.replace(seen, kept),)


def forget(uid: str) -> None:
    """Delete a person's customer at Stripe, which ends all that is collected from them.

    One read, and one call to Stripe where there is one. Made again it changes nothing.

    Raises:
        UnavailableError: Stripe does not answer.
    """
    kept = store.customers.get(uid)
    if kept is not None:
        gateway.delete(kept.customer_id)
