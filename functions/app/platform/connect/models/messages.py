"""The messages of connect's functions."""

from app.kit.model import Cents, DocumentId, IdempotencyKey, Instant, Message
from app.kit.money import Currency
from app.kit.pages import PageRequest
from app.platform.connect.models.documents import (
    EarningState,
    HoldReason,
    PayeeKind,
    PayeeState,
    Problem,
)
from app.platform.mail.models import Locale
from app.platform.payments.models.documents import PayoutState


class Onboard(Message):
    """The request of `connect_onboard`. Mails about the account are in the language `locale`."""

    idempotency_key: IdempotencyKey
    kind: PayeeKind
    locale: Locale


class OnboardingOpened(Message):
    """The response of `connect_onboard`; the page at `onboarding_url` opens once, for minutes."""

    onboarding_url: str


class AsPayee(Message):
    """The request of functions about the caller as a payee of one kind."""

    kind: PayeeKind


class PayeeStatus(Message):
    """The response of `connect_get_status`.

    Attributes:
        due: Stripe's names of what it waits for; its page asks for it.
        past_due: those of them that are late.
        disabled: Stripe's reason for holding money back, if it does.
    """

    state: PayeeState
    transfers_active: bool
    payouts_enabled: bool
    due: tuple[str, ...]
    past_due: tuple[str, ...]
    disabled: str | None


class DashboardOpened(Message):
    """The response of `connect_open_dashboard`; the page opens once, for minutes."""

    dashboard_url: str


class PayeeBalance(Message):
    """The response of `connect_get_balance`. Negative is what an account owes.

    Attributes:
        accrued_cents: earned and not transferred yet.
        held_cents: how much of that staff keep back.
        pending_cents: at Stripe, not available yet.
        available_cents: at Stripe, and in the next payout.
    """

    currency: Currency
    accrued_cents: Cents
    held_cents: Cents
    pending_cents: int
    available_cents: int


class ListPayouts(PageRequest):
    """The request of `connect_list_payouts`."""

    kind: PayeeKind


class PayoutView(Message):
    """Money on its way from an account at Stripe to a bank. `failure` is Stripe's code for it."""

    payout_id: DocumentId
    state: PayoutState
    amount_cents: Cents
    currency: Currency
    created_at: Instant
    arrives_at: Instant
    failure: str | None


class PayoutPage(Message):
    """The response of `connect_list_payouts`, newest first."""

    items: tuple[PayoutView, ...]
    next_cursor: str | None


class ListFailedPayouts(PageRequest):
    """The request of `connect_list_failed_payouts`."""


class FailedPayout(PayoutView):
    """A payout that failed, and whose account at Stripe it left: ours is `platform`."""

    account: str


class FailedPayoutPage(Message):
    """The response of `connect_list_failed_payouts`, newest first."""

    items: tuple[FailedPayout, ...]
    next_cursor: str | None


class ListEarnings(PageRequest):
    """The request of `connect_list_earnings`."""

    state: EarningState


class EarningView(Message):
    """An earning, as finance sees it: whose and for what by id, and where its money is.

    Attributes:
        target_cents: what should be the payee's.
        transferred_cents: what is.
        problem: what is in its way.
        hold: why staff keep it back.
    """

    earning_id: DocumentId
    payee_id: DocumentId
    reference_kind: str
    reference_id: DocumentId
    payment_intent_id: str | None
    price_cents: Cents
    fee_cents: Cents
    target_cents: Cents
    transferred_cents: Cents
    currency: Currency
    state: EarningState
    problem: Problem | None
    hold: HoldReason | None
    earned_at: Instant
    release_at: Instant


class EarningPage(Message):
    """The response of `connect_list_earnings`, newest first."""

    items: tuple[EarningView, ...]
    next_cursor: str | None


class HoldEarning(Message):
    """The request of `connect_hold_earning`."""

    idempotency_key: IdempotencyKey
    earning_id: DocumentId
    reason: HoldReason


class ReleaseHold(Message):
    """The request of `connect_release_hold`. `reason` is that of the hold, which is over."""

    idempotency_key: IdempotencyKey
    earning_id: DocumentId
    reason: HoldReason


class SettleEarning(Message):
    """The task of `connectSettleTask`."""

    earning_id: DocumentId
