"""What becomes of an invoice, and what that does to its subscription and customer."""

from sandbox.stripe import payments
from sandbox.stripe.account import Account
from sandbox.stripe.billing import invoices, states
from sandbox.stripe.billing.changes import recorded
from sandbox.stripe.errors import StripeError
from sandbox.stripe.params import Json


def expect(invoice: Json, *statuses: str) -> None:
    """Refuse what this state of an invoice does not allow.

    Raises:
        StripeError: it is paid, or in none of these states.
    """
    if invoice["status"] == "paid":
        raise StripeError("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] not in statuses:
        raise StripeError(
            f"This invoice is {invoice['status']}: it has to be {' or '.join(statuses)}.",
            code="invoice_not_editable",
        )


def void(account: Account, invoice: Json, params: Json) -> Json:  # noqa: ARG001  # an operation
    """Declare an open invoice a mistake; nobody owes it any more.

    Raises:
        StripeError: its state does not allow it.
    """
    expect(invoice, "open", "uncollectible")
    _close(account, invoice, "void", "voided_at")
    for payment in account.included(invoice, "payments"):
        intent = account.get("payment_intent", payment["payment"]["payment_intent"])
        payments.abandon(account, intent, {"cancellation_reason": "void_invoice"})
        payment["status"] = "canceled"
        payment["status_transitions"]["canceled_at"] = account.clock.now()
    account.emit("invoice.voided", invoice)
    subscription = subscription_of(account, invoice)
    if subscription["status"] == "incomplete":
        states.move(account, subscription, "incomplete_expired", ended_at=account.clock.now())
    _recover(account, invoice)
    return invoice


def mark_uncollectible(account: Account, invoice: Json, params: Json) -> Json:  # noqa: ARG001
    """Write an open invoice off; it can still be paid.

    Raises:
        StripeError: it is not open.
    """
    expect(invoice, "open")
    _close(account, invoice, "uncollectible", "marked_uncollectible_at")
    account.emit("invoice.marked_uncollectible", invoice)
    _recover(account, invoice)
    return invoice


def _close(account: Account, invoice: Json, status: str, when: str) -> None:
    with recorded(account, invoice):
        invoice |= {"auto_advance": False, "next_payment_attempt": None, "status": status}
        invoice["status_transitions"][when] = account.clock.now()


def decided(account: Account, invoice: Json, intent: Json) -> None:
    """Take note of what became of a charge."""
    if intent["status"] == "succeeded":
        paid(account, invoice)
    else:
        failed(account, invoice)


def paid(account: Account, invoice: Json) -> None:
    """Take note that nothing is owed any more."""
    at = account.clock.now()
    with recorded(account, invoice):
        invoice |= {
            "amount_paid": invoice["amount_due"],
            "amount_remaining": 0,
            "attempt_count": max(invoice["attempt_count"], 1 if invoice["amount_due"] else 0),
            "attempted": True,
            "auto_advance": False,
            "next_payment_attempt": None,
            "status": "paid",
        }
        invoice["status_transitions"]["paid_at"] = at
    for payment in account.included(invoice, "payments"):
        payment |= {"amount_paid": invoice["amount_due"], "status": "paid"}
        payment["status_transitions"]["paid_at"] = at
        account.emit("invoice_payment.paid", payment)
    account.emit("invoice.paid", invoice)
    account.emit("invoice.payment_succeeded", invoice)
    subscription = subscription_of(account, invoice)
    _keep_method(account, invoice, subscription)
    if subscription["status"] == "incomplete":
        states.move(account, subscription, "active")
    _recover(account, invoice)


def failed(account: Account, invoice: Json) -> None:
    """Take note that a charge failed, or that there was nothing to charge."""
    with recorded(account, invoice):
        invoice |= {"attempt_count": max(invoice["attempt_count"], 1), "attempted": True}
    account.emit("invoice.payment_failed", invoice)
    subscription = subscription_of(account, invoice)
    if subscription["status"] in ("active", "trialing"):
        states.move(account, subscription, "past_due")
    _set_delinquent(account, invoice, value=True)


def _recover(account: Account, invoice: Json) -> None:
    """Reactivate the subscription once its latest invoice that is not a draft is settled."""
    subscription = subscription_of(account, invoice)
    issued = invoices.of_subscription(
        account, subscription, "open", "paid", "uncollectible", "void"
    )
    if issued[0] is invoice and subscription["status"] in ("past_due", "unpaid"):
        states.move(account, subscription, "active")
        _set_delinquent(account, invoice, value=False)


def give_up(account: Account, invoice: Json) -> None:
    """Do what the account's settings say once the last retry has failed."""
    subscription = subscription_of(account, invoice)
    if subscription["status"] != "past_due":
        return
    with recorded(account, invoice):
        invoice["auto_advance"] = False
    match account.billing.exhausted:
        case "canceled":
            states.end(account, subscription, "payment_failed")
        case "unpaid":
            states.move(account, subscription, "unpaid")
        case "past_due":
            pass


def _keep_method(account: Account, invoice: Json, subscription: Json) -> None:
    """Save what paid as the subscription's own, where its settings ask for that."""
    wanted = subscription["payment_settings"]["save_default_payment_method"]
    if wanted == "on_subscription" and account.included(invoice, "payments"):
        with recorded(account, subscription):
            subscription["default_payment_method"] = intent_of(account, invoice)["payment_method"]


def _set_delinquent(account: Account, invoice: Json, *, value: bool) -> None:
    if account.deleted(invoice["customer"]) is not None:
        return
    customer = account.get("customer", invoice["customer"])
    with recorded(account, customer):
        customer["delinquent"] = value


def subscription_of(account: Account, invoice: Json) -> Json:
    """Return the subscription that an invoice is for."""
    return account.get("subscription", invoices.subscription_id(invoice))


def intent_of(account: Account, invoice: Json) -> Json:
    """Return the PaymentIntent of an open invoice."""
    (payment,) = account.included(invoice, "payments")
    return account.get("payment_intent", payment["payment"]["payment_intent"])
