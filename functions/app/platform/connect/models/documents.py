"""The `payees` and `earnings` documents."""

from enum import StrEnum

from app.kit.model import Cents, Document, Instant, Revised
from app.kit.money import Currency
from app.platform.mail.models import Locale
from app.platform.payments.models.documents import Reference


class PayeeKind(StrEnum):
    """What somebody is paid as. Who is both has an account at Stripe for each."""

    COACH = "coach"
    VENDOR = "vendor"


class PayeeState(StrEnum):
    """What Stripe lets an account do."""

    NONE = "none"
    """There is no account yet."""
    ONBOARDING = "onboarding"
    """Stripe has not been told what it asks everybody."""
    RESTRICTED = "restricted"
    """Stripe waits for something, and holds transfers or payouts until it has it."""
    ACTIVE = "active"
    """Transfers and payouts work."""


class Payee(Revised):
    """`payees/{id}`: somebody who is paid, by the number of their account at Stripe.

    Stripe learns names, tax numbers and bank accounts from the person, on its own pages; none of
    them is kept here. All but the first five fields follow `stripe_accounts`.

    Attributes:
        locale: the language of mails about it.
        due: names of the requirements that Stripe waits for, without their values.
        past_due: those of them that are late.
        disabled: Stripe's reason for holding money back, if it does.
    """

    uid: str
    kind: PayeeKind
    account_id: str
    locale: Locale
    created_at: Instant
    state: PayeeState = PayeeState.ONBOARDING
    transfers_active: bool = False
    payouts_enabled: bool = False
    due: tuple[str, ...] = ()
    past_due: tuple[str, ...] = ()
    disabled: str | None = None
    updated_at: Instant


class EarningState(StrEnum):
    """Where an earning is: what follows from the payment, the payee, holds and time."""

    ACCRUED = "accrued"
    """It is earned, and released when its time comes."""
    HELD = "held"
    """Staff keep it back."""
    WAITING = "waiting"
    """It would move, but something is in its way: see `problem`."""
    TRANSFERRING = "transferring"
    """Stripe is being told to move it; whether it has is not known yet."""
    TRANSFERRED = "transferred"
    """The payee has what is theirs."""
    REVERSED = "reversed"
    """The payee had it, and all of it was taken back."""
    CANCELED = "canceled"
    """Nothing is owed, and nothing was ever transferred."""


class Problem(StrEnum):
    """What is in the way of an earning."""

    PAYEE = "payee"
    """The payee has no account that may receive transfers."""
    BALANCE = "balance"
    """The platform's balance does not cover it."""
    PAYMENT = "payment"
    """The payment has not brought in what was agreed."""
    REVERSAL = "reversal"
    """Stripe refuses to take it back, such as where the payee's balance does not cover it."""
    ERROR = "error"
    """Stripe refuses it for a reason of its own."""


class HoldReason(StrEnum):
    """Why staff keep an earning back."""

    COMPLAINT = "complaint"
    DISPUTE = "dispute"
    SUSPECTED_FRAUD = "suspected_fraud"
    LEGAL = "legal"
    OTHER = "other"


class Hold(Document):
    """That staff keep an earning back."""

    reason: HoldReason
    by: str
    at: Instant


class CommandKind(StrEnum):
    """What Stripe is told."""

    TRANSFER = "transfer"
    REVERSE = "reverse"


class Command(Document):
    """What Stripe is being told, written down before it is told, by the one who tells it.

    Attributes:
        number: which command of the earning it is, from 1. Makes the idempotency key.
        destination: the account of the payee, of a transfer.
        source: the charge that a transfer is taken from, so that its money need not be available
            yet; None where it comes from the balance.
        transfer_id: what a reversal takes back.
        at: when it was written down.
    """

    number: int
    kind: CommandKind
    amount_cents: Cents
    currency: Currency
    destination: str | None = None
    source: str | None = None
    transfer_id: str | None = None
    at: Instant


class Earning(Revised):
    """`earnings/{id}`: what somebody is owed for one thing of a product.

    Attributes:
        uid: the payee's person.
        reference: the product's thing, such as a booking or a disbursement.
        payment_intent_id: the payment that it comes out of; None where the platform pays.
        price_cents: the payee's, while nothing of the payment is given back.
        fee_cents: the platform's, which the payment brought in on top.
        release_at: before this nothing is transferred.
        canceled: whether the product took it back.
        target_cents: what should be the payee's, as of the last look.
        transferred_cents: what was transferred, less what was taken back, as of the last look.
        transfers: Stripe's ids of the transfers that were made for it.
        command: what Stripe is being told.
        commands: the number of the last one that was answered.
        open: whether more is owed than was transferred, or may be.
        look_at: when the schedule looks at it again; None for one that nothing can change.
    """

    uid: str
    payee_id: str
    reference: Reference
    payment_intent_id: str | None
    price_cents: Cents
    fee_cents: Cents
    currency: Currency
    earned_at: Instant
    release_at: Instant
    state: EarningState = EarningState.ACCRUED
    problem: Problem | None = None
    hold: Hold | None = None
    canceled: bool = False
    target_cents: Cents
    transferred_cents: Cents = 0
    transfers: tuple[str, ...] = ()
    command: Command | None = None
    commands: int = 0
    open: bool = True
    look_at: Instant | None
    updated_at: Instant
