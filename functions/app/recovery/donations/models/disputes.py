"""The messages of disputes about gifts."""

from app.kit.model import Cents, DocumentId, IdempotencyKey, Instant, Message
from app.kit.money import Currency
from app.kit.pages import PageRequest


class ListDisputed(PageRequest):
    """The request of `donations_list_disputed`."""


class DisputedGift(Message):
    """A gift whose money a bank has taken back until it is decided."""

    donation_id: DocumentId
    amount_cents: Cents
    disputed_cents: Cents
    currency: Currency
    created_at: Instant


class DisputedPage(Message):
    """The response of `donations_list_disputed`, newest first."""

    items: tuple[DisputedGift, ...]
    next_cursor: str | None


class AnswerDispute(Message):
    """The request of `donations_answer_dispute`."""

    idempotency_key: IdempotencyKey
    donation_id: DocumentId


class AcceptDispute(Message):
    """The request of `donations_accept_dispute`."""

    idempotency_key: IdempotencyKey
    donation_id: DocumentId


class DisputeHandled(Message):
    """What Stripe says of a dispute after it was answered or accepted.

    Attributes:
        status: in Stripe's words, such as `under_review` or `lost`.
    """

    donation_id: DocumentId
    status: str
