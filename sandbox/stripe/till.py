"""What a Stripe account remembers beside its objects about payouts and Connect's pages."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Payouts:
    """How money leaves an account.

    Attributes:
        automatic: whether each day pays out what is available; decided by the platform for all.
        begun: counts how often that was switched on.
        taken: the automatic payout in which a balance transaction left, by its id.
        failures: how payouts to a bank account fail, by its id.
    """

    automatic: bool = False
    begun: int = 0
    taken: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str | None] = field(default_factory=dict)


@dataclass
class Pages:
    """Ways to the pages of Connect.

    Attributes:
        links: those handed out, by their secret part.
        onboarding: those by which somebody came to the onboarding page, by the page's address.
    """

    links: dict[str, Any] = field(default_factory=dict)
    onboarding: dict[str, Any] = field(default_factory=dict)
