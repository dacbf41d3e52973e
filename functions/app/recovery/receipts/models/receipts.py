"""The documents of receipts and of their numbers."""

from dataclasses import dataclass
from enum import StrEnum

from app.kit.model import Cents, Document, Instant, Revised
from app.kit.money import Currency
from app.platform.mail.models import Template
from app.recovery.charity import Issuer


class ReversalKind(StrEnum):
    """Why money went back."""

    REFUND = "refund"
    DISPUTE = "dispute"
    """The donor's bank took it back, and the dispute was lost."""


class Reversal(Document):
    """Money of a gift that went back for good."""

    object_id: str
    kind: ReversalKind
    cents: Cents
    at: Instant


class Version(Document):
    """A receipt as it was issued. Later versions replace earlier ones, under the same number."""

    issued_at: Instant
    issuer: Issuer
    reversals: tuple[Reversal, ...]


class ReceiptState(StrEnum):
    """Whether a receipt has its number."""

    WAITING = "waiting"
    ISSUED = "issued"


class Receipt(Revised):
    """`receipts/{id}`: what a donor is told of one payment that came in.

    Attributes:
        donation_id: the gift that it is for.
        payment_id: the PaymentIntent whose capture it is for.
        year: of the gift, where the charity is.
        number: its place in the series of that year; None while it waits for one.
        amount_cents: what was paid.
        given_at: when, by Stripe's clock.
        reversals: what went back of it so far.
        versions: as issued, the oldest first; the last one has these reversals.
    """

    uid: str
    donation_id: str
    payment_id: str
    year: int
    state: ReceiptState = ReceiptState.WAITING
    number: str | None = None
    amount_cents: Cents
    currency: Currency
    given_at: Instant
    reversals: tuple[Reversal, ...] = ()
    versions: tuple[Version, ...] = ()

    @property
    def reversed_cents(self) -> int:
        """What went back, and never more than was paid."""
        return min(self.amount_cents, sum(reversal.cents for reversal in self.reversals))


class Series(Revised):
    """`receipt_series/{year}`: the last number that was given in a year."""

    last: int = 0


@dataclass(frozen=True)
class Notice:
    """A mail that goes out with a version of a receipt or a statement."""

    id: str
    template: Template
    parameters: dict[str, str]
    attached: str
