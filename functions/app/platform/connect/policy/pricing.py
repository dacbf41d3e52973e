"""What a client pays, what of it is whose, and what refunds and disputes leave."""

from dataclasses import dataclass

FEE_PERCENT = 10
"""The platform's fee, on top of the price."""

_WHOLE = 100


@dataclass(frozen=True)
class Charge:
    """What a client pays. `price_cents` and `fee_cents` sum to `amount_cents`."""

    price_cents: int
    fee_cents: int
    amount_cents: int


def charge(price_cents: int) -> Charge:
    """Return what a client pays for a thing of this price.

    The fee is a tenth of the price, half a cent rounded up. The payee gets the price, whole:
    what Stripe takes for the payment is borne by the platform.

    Raises:
        ValueError: the price is not positive.
    """
    if price_cents <= 0:
        raise ValueError("A price is positive.")
    fee_cents = (price_cents * FEE_PERCENT + _WHOLE // 2) // _WHOLE
    return Charge(price_cents, fee_cents, price_cents + fee_cents)


def share(price_cents: int, captured_cents: int, kept_cents: int) -> int:
    """Return what of a price is the payee's while the platform kept so much of the payment.

    Price and fee shrink in the proportion in which the payment did. A fraction of a cent stays
    with the platform, so that the payees of one payment never get more than is left of it.
    """
    return price_cents * kept_cents // captured_cents
