"""Cases: where the books and Stripe tell different things, until they agree or staff decide."""

from enum import StrEnum

from app.kit.model import Document, DocumentId, IdempotencyKey, Instant, Message, Revised
from app.kit.pages import PageRequest


class CaseKind(StrEnum):
    """What is wrong."""

    MISSING = "missing"
    """Money moved at Stripe, and no movement tells of it."""
    DIFFERS = "differs"
    """A movement tells of another amount."""
    UNBOOKED = "unbooked"
    """A movement tells of money that did not move at Stripe."""
    UNEXPLAINED = "unexplained"
    """Nothing here can tell what it is for, such as Stripe's own bills or a payout by hand."""
    LEDGER = "ledger"
    """An account of the ledger does not hold what the movements say."""


class CaseState(StrEnum):
    """Whether somebody has to look at it."""

    OPEN = "open"
    CLOSED = "closed"


class CloseReason(StrEnum):
    """Why staff closed a case."""

    STRIPE_FEE = "stripe_fee"
    PAID_OUT_BY_HAND = "paid_out_by_hand"
    NOT_OURS = "not_ours"
    SETTLED_BY_HAND = "settled_by_hand"


class Difference(Document):
    """What is told twice and not the same.

    Attributes:
        kind: what is wrong.
        type: what Stripe, or the ledger, calls it.
        expected_cents: what is told here, with its sign; 0 where nothing is.
        actual_cents: what the other side says.
        currency: as that side writes it.
    """

    kind: CaseKind
    type: str
    expected_cents: int
    actual_cents: int
    currency: str


class Case(Revised):
    """`payment_cases/{id}`: a difference, by the id of what it is about.

    Attributes:
        difference: as last found; the one that was found when it was closed.
        found_at: when it was first found, or found again after it had closed by itself.
        closed_by: the uid of who closed it; "" where it closed by itself, since both sides agreed.
    """

    state: CaseState
    difference: Difference
    found_at: Instant
    closed_at: Instant | None = None
    closed_by: str | None = None
    reason: CloseReason | None = None


class ListCases(PageRequest):
    """The request of `payments_list_cases`."""

    state: CaseState = CaseState.OPEN


class CaseView(Message):
    """A case as staff see it."""

    case_id: str
    state: CaseState
    kind: CaseKind
    type: str
    expected_cents: int
    actual_cents: int
    currency: str
    found_at: Instant
    closed_at: Instant | None
    reason: CloseReason | None


class CasePage(Message):
    """The response of `payments_list_cases`, those found first at the top."""

    items: tuple[CaseView, ...]
    next_cursor: str | None


class CloseCase(Message):
    """The request of `payments_close_case`."""

    idempotency_key: IdempotencyKey
    case_id: DocumentId
    reason: CloseReason
