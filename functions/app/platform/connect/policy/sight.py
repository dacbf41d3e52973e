"""What Stripe says of an earning now, and what should be the payee's by that."""

from dataclasses import dataclass

from app.platform.connect.models.documents import Earning, Problem
from app.platform.connect.models.stripe import MadeTransfer, Source
from app.platform.connect.policy import pricing


@dataclass(frozen=True)
class Sight:
    """What Stripe says now of an earning's payment and of its transfers."""

    source: Source | None
    transfers: tuple[MadeTransfer, ...]

    @property
    def net_cents(self) -> int:
        """What was transferred, less what was taken back."""
        return sum(made.amount - made.amount_reversed for made in self.transfers)


def target(earning: Earning, source: Source | None) -> tuple[int, Problem | None]:
    """Return what should be the payee's; and what is wrong where that cannot be said."""
    if earning.canceled:
        return 0, None
    if earning.payment_intent_id is None:
        return earning.price_cents, None
    if source is None or source.captured_cents < earning.price_cents + earning.fee_cents:
        return 0, Problem.PAYMENT
    return pricing.share(earning.price_cents, source.captured_cents, source.kept_cents), None
