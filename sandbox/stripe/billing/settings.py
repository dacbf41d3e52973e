"""How an account collects its invoices, and what waits for the next one."""

from dataclasses import dataclass, field
from typing import Literal

from sandbox.stripe.params import Json

type Exhausted = Literal["unpaid", "canceled", "past_due"]


@dataclass
class Billing:
    """What Stripe keeps in an account's billing settings, and beside its objects.

    Attributes:
        retry_days: when a failed renewal is tried again, in days after its first attempt.
        exhausted: what becomes of a subscription when the last retry fails.
        pending: proration lines for the next invoice, by subscription.
        billed: what each item's current period costs less discounts, by subscription item.
        checkout: `subscription_data` or `setup_intent_data`, by Checkout session.
    """

    retry_days: tuple[int, ...] = (3, 5, 7)
    exhausted: Exhausted = "unpaid"
    pending: dict[str, list[Json]] = field(default_factory=dict)
    billed: dict[str, int] = field(default_factory=dict)
    checkout: dict[str, Json] = field(default_factory=dict)
