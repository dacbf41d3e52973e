"""The `refund_requests` document, and the messages of refunds."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.kit.model import Cents, DocumentId, IdempotencyKey, Instant, Message, Revised
from app.kit.money import Currency
from app.kit.pages import PageRequest

MAX_REFUND_CENTS = 99_999_999
"""What Stripe takes for one charge, and therefore gives back."""


class RefundReason(StrEnum):
    """Why money goes back. There is no free text, so nothing about anybody stands in one."""

    DUPLICATE = "duplicate"
    FRAUDULENT = "fraudulent"
    REQUESTED_BY_DONOR = "requested_by_donor"
    WRONG_AMOUNT = "wrong_amount"
    OTHER = "other"


class RefundState(StrEnum):
    """How far a wish to refund is. What became of the money the gift itself tells."""

    PROPOSED = "proposed"
    """A second person is to decide."""
    DECLINED = "declined"
    ORDERED = "ordered"
    """It is decided, and Stripe is to be told."""
    SENT = "sent"
    """Stripe took it."""
    REFUSED = "refused"
    """Stripe does not make it."""


class RefundRequest(Revised):
    """`refund_requests/{id}`: a wish to refund a gift, or a part of it.

    Attributes:
        uid: the donor.
        expires_at: until then a second person can decide, where one is needed.
        refund_id: Stripe's, once it took the refund.
        problem: Stripe's code of why it does not make it.
        told_by: when the sweep tells Stripe, if nobody has; None where Stripe is not to be told.
    """

    uid: str
    donation_id: str
    payment_intent_id: str
    amount_cents: Cents
    currency: Currency
    reason: RefundReason
    state: RefundState
    requested_by: str
    requested_at: Instant
    expires_at: Instant
    decided_by: str | None = None
    decided_at: Instant | None = None
    refund_id: str | None = None
    problem: str | None = None
    told_by: Instant | None = None


class RefundGift(Message):
    """The request of `donations_refund`; without an amount all that is left goes back."""

    idempotency_key: IdempotencyKey
    donation_id: DocumentId
    amount_cents: Annotated[int, Field(ge=1, le=MAX_REFUND_CENTS)] | None = None
    reason: RefundReason


class DecideRefund(Message):
    """The request of `donations_decide_refund`."""

    idempotency_key: IdempotencyKey
    request_id: DocumentId
    approve: bool


class RefundItem(Message):
    """A wish to refund, as finance sees it."""

    request_id: DocumentId
    donation_id: DocumentId
    amount_cents: Cents
    currency: Currency
    reason: RefundReason
    state: RefundState
    requested_by: str
    requested_at: Instant
    expires_at: Instant
    decided_by: str | None
    decided_at: Instant | None
    problem: str | None


class ListRefundRequests(PageRequest):
    """The request of `donations_list_refund_requests`."""


class RefundPage(Message):
    """The response of `donations_list_refund_requests`, newest first."""

    items: tuple[RefundItem, ...]
    next_cursor: str | None
