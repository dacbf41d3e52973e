"""PaymentIntents and their charges."""

from typing import Any

from sandbox.stripe import balance, objects
from sandbox.stripe.account import Account
from sandbox.stripe.cards import PAYMENT_METHODS, PaymentMethod
from sandbox.stripe.errors import InvalidParameterError, StripeError
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

MIN_CENTS = 50
MAX_CENTS = 99_999_999
DEBIT_SECONDS = 4 * balance.DAY_SECONDS
"""How long a bank debit takes to be decided."""

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
    "payment_method": optional(text),
    "payment_method_types": optional(array(text)),
    "receipt_email": optional(text),
    "return_url": optional(web_address),
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
LIST_CHARGES: Schema = LIST | {"payment_intent": optional(text)}

NOBODY: Json = objects.nulls("address email name phone tax_id")


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
    draft = objects.payment_intent("", 0, params)
    if name is not None:
        _method(name, draft)
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
    charge_it(account, intent)
    return intent


def pay(account: Account, intent: Json, name: str, billing: Json) -> None:
    """Charge a test payment method on behalf of the hosted page.

    Raises:
        StripeError: the card is declined (402).
    """
    _attach(account, intent, name, billing)
    charge_it(account, intent)


def cancel(account: Account, intent: Json, params: Json) -> Json:
    """Cancel an intent that is not paid.

    Raises:
        StripeError: the state does not allow it.
    """
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise _unexpected_state(intent, "cancel")
    intent["status"] = "canceled"
    intent["canceled_at"] = account.clock.now()
    intent["cancellation_reason"] = params.get("cancellation_reason")
    account.emit("payment_intent.canceled", intent)
    return intent


def charge_it(account: Account, intent: Json) -> None:
    """Charge the intent's payment method: a card at once, a bank account after days.

    Raises:
        StripeError: the card is declined (402).
    """
    used = account.get("payment_method", intent["payment_method"])
    method = account.methods[used["id"]]
    charge = account.add(
        objects.charge(
            account.new_id("ch_"), account.clock.now(), intent, method, used["billing_details"]
        )
    )
    intent["latest_charge"] = charge["id"]
    intent["last_payment_error"] = None
    if method.type == "card":
        _decide(account, intent, charge, method)
        if method.decline is not None:
            error = intent["last_payment_error"]
            raise StripeError(
                error["message"],
                status=402,
                kind="card_error",
                code=error["code"],
                charge=charge["id"],
                decline_code=error.get("decline_code"),
                payment_intent=intent,
                payment_method=used,
            )
        return
    intent["status"] = "processing"
    account.emit("charge.pending", charge)
    account.emit("payment_intent.processing", intent)
    account.clock.later(DEBIT_SECONDS, lambda: _decide(account, intent, charge, method))


def list_intents(account: Account, params: Json) -> Json:
    """List intents, newest first."""
    return account.page(
        "/v1/payment_intents", account.all("payment_intent", **_equal(params, "customer")), params
    )


def list_charges(account: Account, params: Json) -> Json:
    """List charges, newest first."""
    equal = _equal(params, "customer", "payment_intent")
    return account.page("/v1/charges", account.all("charge", **equal), params)


def _equal(params: Json, *names: str) -> dict[str, Any]:
    return {name: params[name] for name in names if name in params}


def _no_method() -> StripeError:
    return StripeError(
        "You cannot confirm this PaymentIntent because it's missing a payment method.",
        code="payment_intent_unexpected_state",
    )


def _method(name: str, intent: Json) -> PaymentMethod:
    method = PAYMENT_METHODS.get(name)
    if method is None or method.type not in intent["payment_method_types"]:
        raise InvalidParameterError(
            f"No such PaymentMethod for this payment: '{name}'",
            code="resource_missing",
            param="payment_method",
        )
    return method


def _attach(account: Account, intent: Json, name: str, billing: Json) -> None:
    method = _method(name, intent)
    used = account.add(
        objects.payment_method(account.new_id("pm_"), account.clock.now(), method, billing)
    )
    account.methods[used["id"]] = method
    intent["payment_method"] = used["id"]
    intent["status"] = "requires_confirmation"


def _decide(account: Account, intent: Json, charge: Json, method: PaymentMethod) -> None:
    if method.decline is None:
        charge |= {
            "amount_captured": charge["amount"],
            "captured": True,
            "outcome": _outcome("authorized", "Payment complete."),
            "paid": True,
            "status": "succeeded",
        }
        intent |= {"amount_received": intent["amount"], "status": "succeeded"}
        account.emit("charge.succeeded", charge)
        account.emit("payment_intent.succeeded", intent)
        balance.settle(account, charge)
        return
    code, decline_code = method.decline
    message = f"Your payment was declined ({decline_code or code})."
    charge |= {
        "failure_code": code,
        "failure_message": message,
        "outcome": _outcome("issuer_declined", "The bank declined.", decline_code or code),
        "status": "failed",
    }
    intent["last_payment_error"] = {
        "charge": charge["id"],
        "code": code,
        "decline_code": decline_code,
        "message": message,
        "payment_method": account.get("payment_method", intent["payment_method"]),
        "type": "card_error",
    }
    intent |= {"payment_method": None, "status": "requires_payment_method"}
    account.emit("charge.failed", charge)
    account.emit("payment_intent.payment_failed", intent)


def _outcome(kind: str, message: str, reason: str | None = None) -> Json:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if reason else "approved_by_network",
        "reason": reason,
        "risk_level": "normal",
        "seller_message": message,
        "type": kind,
    }


def _unexpected_state(intent: Json, verb: str) -> StripeError:
    return StripeError(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=intent,
    )
