"""PaymentIntents and their charges."""

from sandbox.stripe import charges, objects, payment_methods
from sandbox.stripe.account import Account
from sandbox.stripe.errors import StripeError
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Json,
    Schema,
    array,
    boolean,
    currency,
    metadata,
    moments,
    natural,
    one_of,
    optional,
    record,
    required,
    text,
    web_address,
)
from sandbox.stripe.payment_methods import NOBODY

MIN_CENTS = 50
MAX_CENTS = 99_999_999

CREATE: Schema = EXPAND | {
    "amount": required(natural),
    "automatic_payment_methods": optional(
        record({"enabled": required(boolean), "allow_redirects": optional(text)})
    ),
    "confirm": optional(boolean),
    "currency": required(currency),
    "customer": optional(text),
    "description": optional(text),
    "metadata": optional(metadata),
    "off_session": optional(boolean),
    "payment_method": optional(text),
    "payment_method_types": optional(array(text)),
    "receipt_email": optional(text),
    "return_url": optional(web_address),
    "setup_future_usage": optional(one_of("off_session", "on_session")),
    "transfer_group": optional(text),
}
CONFIRM: Schema = EXPAND | {
    "payment_method": optional(text),
    "return_url": optional(web_address),
}
CANCEL: Schema = EXPAND | {
    "cancellation_reason": optional(
        one_of("duplicate", "fraudulent", "requested_by_customer", "abandoned")
    ),
}
LIST: Schema = PAGE | {"created": optional(moments), "customer": optional(text)}


def check_amount(cents: int, param: str) -> None:
    """Refuse what is below or above what Stripe charges.

    Raises:
        StripeError: `amount_too_small` or `amount_too_large`.
    """
    if cents < MIN_CENTS:
        raise StripeError("Amount must be at least 50 cents", code="amount_too_small", param=param)
    if cents > MAX_CENTS:
        raise StripeError(
            "Amount must be no more than $999,999.99", code="amount_too_large", param=param
        )


def create(account: Account, params: Json) -> Json:
    """Create an intent, and confirm it at once if asked to."""
    check_amount(params["amount"], "amount")
    if "customer" in params:
        account.get("customer", params["customer"], "customer")
    confirm_now = params.pop("confirm", False)
    name = params.pop("payment_method", None)
    params.pop("return_url", None)
    params.pop("off_session", None)
    draft = objects.payment_intent("", 0, params)
    if name is not None:
        check_method(account, draft, name)
    elif confirm_now:
        raise _no_method()
    intent = new(account, params)
    if name is not None:
        _attach(account, intent, name, NOBODY)
    if confirm_now:
        confirm(account, intent, {})
    return intent


def new(account: Account, fields: Json) -> Json:
    """Return a new intent."""
    intent = account.add(objects.payment_intent(account.new_id("pi_"), account.clock.now(), fields))
    account.emit("payment_intent.created", intent)
    return intent


def confirm(account: Account, intent: Json, params: Json) -> Json:
    """Charge the payment method.

    Raises:
        StripeError: the state does not allow it, or the card is declined (402).
    """
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise _unexpected_state(intent, "confirm")
    if "payment_method" in params:
        _attach(account, intent, params["payment_method"], NOBODY)
    if intent["payment_method"] is None:
        raise _no_method()
    charges.charge(account, intent)
    return intent


def pay(account: Account, intent: Json, name: str, billing: Json) -> None:
    """Charge a test payment method on behalf of the hosted page.

    Raises:
        StripeError: the card is declined (402).
    """
    _attach(account, intent, name, billing)
    charges.charge(account, intent)


def cancel(account: Account, intent: Json, params: Json) -> Json:
    """Cancel an intent that is not paid.

    Raises:
        StripeError: the state does not allow it.
    """
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise _unexpected_state(intent, "cancel")
    if intent["id"] in account.watchers:
        raise StripeError("This PaymentIntent was created by an invoice: void the invoice instead.")
    abandon(account, intent, params)
    return intent


def abandon(account: Account, intent: Json, params: Json) -> None:
    """Cancel an intent whoever created it."""
    intent["status"] = "canceled"
    intent["canceled_at"] = account.clock.now()
    intent["cancellation_reason"] = params.get("cancellation_reason")
    account.emit("payment_intent.canceled", intent)


def list_intents(account: Account, params: Json) -> Json:
    """List intents, newest first."""
    equal = {"customer": params["customer"]} if "customer" in params else {}
    return account.page("/v1/payment_intents", account.all("payment_intent", **equal), params)


def _no_method() -> StripeError:
    return StripeError(
        "You cannot confirm this PaymentIntent because it's missing a payment method.",
        code="payment_intent_unexpected_state",
    )


def check_method(account: Account, intent: Json, name: str) -> None:
    """Refuse a payment method that this intent does not take.

    Raises:
        InvalidParameterError: there is no such one, or it is somebody else's.
    """
    payment_methods.resolve(account, name, intent["payment_method_types"], intent["customer"])


def _attach(account: Account, intent: Json, name: str, billing: Json) -> None:
    check_method(account, intent, name)
    intent["payment_method"] = payment_methods.use(account, name, billing)["id"]
    intent["status"] = "requires_confirmation"


def _unexpected_state(intent: Json, verb: str) -> StripeError:
    return StripeError(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )
