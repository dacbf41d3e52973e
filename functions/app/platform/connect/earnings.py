"""What people have earned, the interface of this domain to products.

A product writes an earning in the commit that completes the thing. From then on it moves by
itself: nothing else is to be called when the payment is refunded or disputed.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from app.platform.connect import store
from app.platform.connect.models.documents import Earning, PayeeKind
from app.platform.connect.policy import earnings as policy
from app.platform.connect.policy import pricing
from app.platform.payments.models.documents import Reference

if TYPE_CHECKING:
    from app.kit.firestore import Key, Snapshot, Write

__all__ = ["PayeeKind", "accrue", "cancel", "key", "send"]


def key(reference: Reference) -> "Key[Earning]":
    """Return the place of the earning for a thing, for the batched read of an operation."""
    return store.earnings.key(policy.earning_id(reference))


def accrue(  # noqa: PLR0913  # what is owed to whom for what
    reference: Reference,
    uid: str,
    kind: PayeeKind,
    *,
    price_cents: int,
    payment_intent_id: str,
    at: datetime,
) -> "tuple[Write, ...]":
    """Return the write that owes somebody the price of a thing that was completed now.

    It is released 48 hours later, out of the payment, if that has brought in the price and the
    fee on top (`pricing.charge`). There is one earning for a thing: the commit fails where there
    is one already.

    Args:
        reference: the thing, such as a booking.
        uid: whose it is. They need no account at Stripe yet.
        kind: as what they earned it.
        price_cents: without the platform's fee.
        payment_intent_id: what the client paid by.
        at: when the thing was completed.

    Raises:
        ValueError: the price is not positive.
    """
    charge = pricing.charge(price_cents)
    release_at = at + policy.RELEASED_AFTER
    earning = policy.earned(
        reference, uid, kind, charge, payment_intent_id, at=at, release_at=release_at
    )
    return (store.earnings.create(policy.earning_id(reference), earning),)


def send(
    reference: Reference, uid: str, kind: PayeeKind, *, amount_cents: int, at: datetime
) -> "tuple[Write, ...]":
    """Return the write that sends somebody money of the platform's own, such as a disbursement.

    It leaves at once, without a fee. There is one sending for a thing: the commit fails where
    there is one already. Where the balance does not cover it, it waits, in sight of staff.

    Raises:
        ValueError: the amount is not positive.
    """
    if amount_cents <= 0:
        raise ValueError("An amount is positive.")
    whole = pricing.Charge(amount_cents, 0, amount_cents)
    earning = policy.earned(reference, uid, kind, whole, None, at=at, release_at=at)
    return (store.earnings.create(policy.earning_id(reference), earning),)


def cancel(seen: "Snapshot[Earning]", at: datetime) -> "tuple[Write, ...]":
    """Return the write that takes an earning back: it is not transferred, or is reversed.

    Args:
        seen: what is at `key(reference)`. The write fails where it has changed; there is none
            where nothing was earned.
        at: the time.
    """
    if seen.value is None or seen.value.canceled:
        return ()
    return (store.earnings.replace(seen, policy.canceled(seen.value, at)),)
