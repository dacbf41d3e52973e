"""Looks at Stripe's objects as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.platform.payments.models.documents import PLATFORM, Reference
from app.platform.payments.models.stripe import (
    BookedTransaction,
    StripeAccount,
    StripeCharge,
    StripeDispute,
    StripeIntent,
    StripeInvoice,
    StripePayout,
    StripeRefund,
    StripeReversal,
    StripeSession,
    StripeSubscription,
    StripeTransfer,
    Truth,
)
from app.platform.stripe.gateway import PAGE, calling

if TYPE_CHECKING:
    import stripe

_EXPANDED = ["balance_transaction", "failure_balance_transaction"]


def payment(intent_id: str) -> Truth:
    """Return what Stripe says of a payment now.

    Two calls for a payment of ours that moved no money, three or more for others.

    Raises:
        NotFoundError: Stripe knows no such payment.
        UnavailableError: Stripe does not answer.
    """
    with calling() as client:
        intent = StripeIntent.model_validate(
            client.v1.payment_intents.retrieve(intent_id).to_dict()
        )
        metadata = intent.metadata
        if Reference.of(metadata) is None:
            metadata = _metadata_of_invoice(client, intent_id)
        if intent.status != "succeeded" or Reference.of(metadata) is None:
            return Truth(intent, metadata)  # no money has moved, or none that is ours
        of_it: Any = {"payment_intent": intent_id, "limit": PAGE}
        charges = [
            StripeCharge.model_validate(charge.to_dict())
            for charge in client.v1.charges.list(
                of_it | {"expand": ["data.balance_transaction"]}
            ).auto_paging_iter()
        ]
        refunds = client.v1.refunds.list(of_it | {"expand": [f"data.{name}" for name in _EXPANDED]})
        disputes: list[StripeDispute] = []
        if any(charge.disputed for charge in charges):
            disputes = [
                StripeDispute.model_validate(dispute.to_dict())
                for dispute in client.v1.disputes.list(of_it).auto_paging_iter()
            ]
        return Truth(
            intent,
            metadata,
            tuple(charges),
            tuple(StripeRefund.model_validate(r.to_dict()) for r in refunds.auto_paging_iter()),
            tuple(disputes),
        )


def session(session_id: str) -> StripeSession:
    """Return what Stripe says of a Checkout session now. Raises as `payment`."""
    with calling() as client:
        found = client.v1.checkout.sessions.retrieve(session_id)
        return StripeSession.model_validate(found.to_dict())


def subscription(subscription_id: str) -> StripeSubscription:
    """Return what Stripe says of a subscription now. Raises as `payment`."""
    with calling() as client:
        found = client.v1.subscriptions.retrieve(subscription_id)
        return StripeSubscription.model_validate(found.to_dict())


def invoice(invoice_id: str) -> StripeInvoice:
    """Return what Stripe says of an invoice now. Raises as `payment`."""
    with calling() as client:
        return StripeInvoice.model_validate(client.v1.invoices.retrieve(invoice_id).to_dict())


def transfer(transfer_id: str) -> tuple[StripeTransfer, tuple[StripeReversal, ...]]:
    """Return what Stripe says of a transfer and its reversals now. Raises as `payment`."""
    with calling() as client:
        found = StripeTransfer.model_validate(client.v1.transfers.retrieve(transfer_id).to_dict())
        if not found.amount_reversed:
            return found, ()
        listed = client.v1.transfers.reversals.list(transfer_id, {"limit": PAGE})
        return found, tuple(
            StripeReversal.model_validate(reversal.to_dict())
            for reversal in listed.auto_paging_iter()
        )


def payout(payout_id: str, account: str) -> StripePayout:
    """Return what Stripe says of a payout of an account now. Raises as `payment`."""
    options: Any = {} if account == PLATFORM else {"stripe_account": account}
    with calling() as client:
        found = client.v1.payouts.retrieve(payout_id, {"expand": _EXPANDED}, options)
        return StripePayout.model_validate(found.to_dict())


def paid_out(payout_id: str) -> list[BookedTransaction]:
    """Return the balance transactions that an automatic payout of the platform is made of."""
    with calling() as client:
        listed = client.v1.balance_transactions.list(
            {"payout": payout_id, "limit": PAGE, "expand": ["data.source"]}
        )
        booked = [
            BookedTransaction.model_validate(transaction.to_dict())
            for transaction in listed.auto_paging_iter()
        ]
    return [transaction for transaction in booked if not transaction.type.startswith("payout")]


def connected_account(account_id: str) -> StripeAccount:
    """Return what Stripe says of a connected account now. Raises as `payment`."""
    with calling() as client:
        return StripeAccount.model_validate(client.v1.accounts.retrieve(account_id).to_dict())


def _metadata_of_invoice(client: stripe.StripeClient, intent_id: str) -> dict[str, str]:
    """Return what the subscription was for that a payment was billed for; nothing for others."""
    paid: Any = {"payment": {"type": "payment_intent", "payment_intent": intent_id}}
    listed = client.v1.invoice_payments.list(paid | {"limit": 1, "expand": ["data.invoice"]})
    for invoice_payment in listed.data:
        invoice = StripeInvoice.model_validate(invoice_payment.to_dict()["invoice"])
        if invoice.parent and invoice.parent.subscription_details:
            return invoice.parent.subscription_details.metadata or {}
    return {}
