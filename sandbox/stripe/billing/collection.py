"""Collecting invoices: finalized, charged, and tried again on the days of the schedule."""

from sandbox.stripe import payments
from sandbox.stripe.account import Account
from sandbox.stripe.billing import invoice_objects, outcomes, states
from sandbox.stripe.billing.changes import recorded
from sandbox.stripe.billing.periods import DAY_SECONDS
from sandbox.stripe.errors import StripeError
from sandbox.stripe.params import EXPAND, Json, Schema, boolean, optional, text

PAY: Schema = EXPAND | {"off_session": optional(boolean), "payment_method": optional(text)}
FINALIZE: Schema = EXPAND | {"auto_advance": optional(boolean)}
DRAFT_SECONDS = 3600
DESCRIPTIONS = {
    "subscription_create": "Subscription creation",
    "subscription_cycle": "Subscription update",
    "subscription_update": "Subscription update",
}


def advance_later(account: Account, invoice: Json) -> None:
    """Finalize and charge a draft an hour from now, as Stripe does."""
    due = account.clock.now() + DRAFT_SECONDS
    invoice |= {
        "auto_advance": True,
        "automatically_finalizes_at": due,
        "next_payment_attempt": due,
    }

    def act() -> None:
        if invoice["status"] == "draft" and invoice["auto_advance"]:
            finalize(account, invoice)
            attempt(account, invoice)

    account.clock.at(due, act)


def finalize(account: Account, invoice: Json) -> None:
    """Open a draft: it gets its number, the customer's balance and a PaymentIntent.

    What is below the least amount that Stripe charges is owed with the next invoice.
    """
    customer = account.get("customer", invoice["customer"])
    at = account.clock.now()
    total = invoice["total"] + customer["balance"]
    owed = total if total >= payments.MIN_CENTS else 0
    invoice |= {
        "amount_due": owed,
        "amount_remaining": owed,
        "automatically_finalizes_at": None,
        "effective_at": at,
        "ending_balance": total - owed,
        "hosted_invoice_url": f"{account.base_url}/i/{invoice['id']}",
        "invoice_pdf": f"{account.base_url}/i/{invoice['id']}/pdf",
        "number": f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}",
        "starting_balance": customer["balance"],
        "status": "open",
    }
    invoice["status_transitions"]["finalized_at"] = at
    metadata = outcomes.subscription_of(account, invoice)["metadata"]
    invoice["parent"]["subscription_details"]["metadata"] = dict(metadata)
    with recorded(account, customer):
        customer["next_invoice_sequence"] += 1
        customer |= {"balance": total - owed, "currency": invoice["currency"]}
    if owed:
        _ask(account, invoice)
    account.emit("invoice.finalized", invoice)
    if not owed:
        outcomes.paid(account, invoice)


def attempt(account: Account, invoice: Json) -> None:
    """Charge an open invoice by itself; where that fails, again on the days of the schedule."""
    if invoice["status"] != "open" or not invoice["auto_advance"]:
        return
    if outcomes.intent_of(account, invoice)["status"] == "processing":
        account.clock.later(DAY_SECONDS, lambda: attempt(account, invoice))
        return
    days, tried = (0, *account.billing.retry_days), invoice["attempt_count"]
    again = None
    if tried + 1 < len(days):
        again = account.clock.now() + (days[tried + 1] - days[tried]) * DAY_SECONDS
    invoice |= {"attempt_count": tried + 1, "next_payment_attempt": again}
    if again is not None:
        account.clock.at(again, lambda: attempt(account, invoice))
    try:
        charge(account, invoice)
    except StripeError:
        if again is None:
            outcomes.give_up(account, invoice)


def charge(account: Account, invoice: Json, method: str | None = None) -> None:
    """Charge an open invoice now.

    Raises:
        StripeError: there is nothing to charge, or the card is declined (402).
    """
    intent = outcomes.intent_of(account, invoice)
    if intent["status"] == "processing":
        return
    subscription = outcomes.subscription_of(account, invoice)
    method = method or states.method_of(account, subscription)
    if method is None:
        outcomes.failed(account, invoice)
        raise StripeError(
            "There is no default_payment_method set on this Customer or Invoice. Please set a "
            "default_payment_method.",
            code="invoice_payment_intent_requires_action",
        )
    payments.confirm(account, intent, {"payment_method": method})
    if intent["status"] == "processing" and subscription["status"] == "incomplete":
        states.move(account, subscription, "active")
        with recorded(account, invoice):
            invoice["auto_advance"] = True
        account.clock.later(DAY_SECONDS, lambda: attempt(account, invoice))


def pay(account: Account, invoice: Json, params: Json) -> Json:
    """Charge an invoice because somebody asks for it; a draft is finalized first.

    Raises:
        StripeError: its state does not allow it, or the card is declined (402).
    """
    if invoice["status"] == "draft":
        finalize(account, invoice)
        if invoice["status"] == "paid":
            return invoice
    outcomes.expect(invoice, "open", "uncollectible")
    charge(account, invoice, params.get("payment_method"))
    return invoice


def finalize_now(account: Account, invoice: Json, params: Json) -> Json:
    """Open a draft because somebody asks for it.

    Raises:
        StripeError: it is no draft.
    """
    outcomes.expect(invoice, "draft")
    invoice |= params
    finalize(account, invoice)
    if invoice["auto_advance"]:
        account.clock.later(DRAFT_SECONDS, lambda: attempt(account, invoice))
    return invoice


def _ask(account: Account, invoice: Json) -> None:
    """Make the PaymentIntent of an invoice."""
    fields = {
        "amount": invoice["amount_due"],
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "description": DESCRIPTIONS[invoice["billing_reason"]],
        "setup_future_usage": "off_session",
    }
    intent = payments.new(account, fields)
    account.watchers[intent["id"]] = lambda: outcomes.decided(account, invoice, intent)
    payment = invoice_objects.invoice_payment(
        account.new_id("inpay_"), account.clock.now(), invoice, intent["id"]
    )
    account.include(invoice, "payments", [account.add(payment)])
    secret = {"client_secret": intent["client_secret"], "type": "payment_intent"}
    account.include(invoice, "confirmation_secret", secret)
