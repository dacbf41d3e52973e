"""What connect reads of Stripe's objects."""

from dataclasses import dataclass

from app.kit.model import Cents
from app.platform.stripe.models import StripeData, StripeId


class SourceRefund(StripeData):
    """A refund of a charge."""

    status: str | None


class SourceRefunds(StripeData):
    """The latest refunds of a charge."""

    data: list[SourceRefund]


class SourceCharge(StripeData):
    """A charge, by what of it is still ours. `amount_refunded` counts refunds under way too."""

    id: StripeId
    status: str
    amount_captured: Cents
    amount_refunded: Cents
    disputed: bool
    refunds: SourceRefunds | None = None


class SourceIntent(StripeData):
    """A payment and its charge."""

    status: str
    latest_charge: SourceCharge | None


class Moved(StripeData):
    """One movement of a disputed charge's money."""

    amount: int


class SourceDispute(StripeData):
    """A dispute, by the money that it took and gave back."""

    balance_transactions: list[Moved]


class MadeTransfer(StripeData):
    """A transfer that was made, and how much of it was taken back."""

    id: StripeId
    amount: Cents
    amount_reversed: Cents
    metadata: dict[str, str]


class MadeReversal(StripeData):
    """A reversal that was made."""

    id: StripeId
    amount: Cents
    metadata: dict[str, str] | None


class Amount(StripeData):
    """A part of a balance."""

    amount: int
    currency: str


class StripeBalance(StripeData):
    """What an account has."""

    available: list[Amount]
    pending: list[Amount]


@dataclass(frozen=True)
class Source:
    """A payment as Stripe has it now.

    Attributes:
        charge_id: the charge that transfers are taken from; None for a payment without one.
        kept_cents: what is left of `captured_cents` after refunds and disputes.
        unsettled: whether a refund is under way, which may still fail.
    """

    charge_id: str | None
    captured_cents: int
    kept_cents: int
    unsettled: bool
