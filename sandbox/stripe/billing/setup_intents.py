"""SetupIntents: saving a payment method without a charge."""

from sandbox.stripe import payment_methods
from sandbox.stripe.account import Account
from sandbox.stripe.billing import objects
from sandbox.stripe.cards import PaymentMethod
from sandbox.stripe.errors import StripeError
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Json,
    Schema,
    array,
    boolean,
    metadata,
    moments,
    one_of,
    optional,
    record,
    required,
    text,
    web_address,
)

CREATE: Schema = EXPAND | {
    "automatic_payment_methods": optional(
        record({"enabled": required(boolean), "allow_redirects": optional(text)})
    ),
    "confirm": optional(boolean),
    "customer": optional(text),
    "description": optional(text),
    "metadata": optional(metadata),
    "payment_method": optional(text),
    "payment_method_types": optional(array(one_of("card", "us_bank_account"))),
    "return_url": optional(web_address),
    "usage": optional(one_of("off_session", "on_session")),
}
CONFIRM: Schema = EXPAND | {
    "payment_method": optional(text),
    "return_url": optional(web_address),
}
CANCEL: Schema = EXPAND | {
    "cancellation_reason": optional(one_of("abandoned", "duplicate", "requested_by_customer")),
}
LIST: Schema = PAGE | {
    "created": optional(moments),
    "customer": optional(text),
    "payment_method": optional(text),
}
OPEN = ("requires_payment_method", "requires_confirmation")


def create(account: Account, params: Json) -> Json:
    """Create an intent to save a payment method, and confirm it at once if asked to."""
    if "customer" in params:
        account.get("customer", params["customer"], "customer")
    confirm_now = params.pop("confirm", False)
    params.pop("return_url", None)
    name = params.pop("payment_method", None)
    draft = objects.setup_intent("", 0, params)
    if name is not None:
        _check(account, draft, name)
    elif confirm_now:
        raise _no_method()
    intent = new(account, params)
    if name is not None:
        _take(account, intent, name, payment_methods.NOBODY)
    if confirm_now:
        confirm(account, intent, {})
    return intent


def new(account: Account, fields: Json) -> Json:
    """Return a new intent."""
    intent = objects.setup_intent(account.new_id("seti_"), account.clock.now(), fields)
    account.emit("setup_intent.created", account.add(intent))
    return intent


def confirm(account: Account, intent: Json, params: Json) -> Json:
    """Save the payment method for the intent's customer.

    Raises:
        StripeError: the state does not allow it, or the bank refuses (402).
    """
    if intent["status"] not in OPEN:
        raise _unexpected_state(intent, "confirm")
    if "payment_method" in params:
        _check(account, intent, params["payment_method"])
        _take(account, intent, params["payment_method"], payment_methods.NOBODY)
    if intent["payment_method"] is None:
        raise _no_method()
    save(account, intent)
    return intent


def save_new(account: Account, intent: Json, name: str, billing: Json) -> Json:
    """Save a test payment method on behalf of a hosted page and return it.

    Raises:
        StripeError: it is unknown, or the bank refuses (402).
    """
    _check(account, intent, name)
    _take(account, intent, name, billing)
    method = account.get("payment_method", intent["payment_method"])
    save(account, intent)
    return method


def save(account: Account, intent: Json) -> None:
    """Ask the bank.

    Raises:
        StripeError: it refuses (402).
    """
    method = account.get("payment_method", intent["payment_method"])
    try:
        payment_methods.check_saving(account.methods[method["id"]])
    except StripeError as refusal:
        intent["last_setup_error"] = refusal.error | {"payment_method": method}
        intent |= {"payment_method": None, "status": "requires_payment_method"}
        refusal.error |= {"setup_intent": intent}
        account.emit("setup_intent.setup_failed", intent)
        raise
    if intent["customer"] is not None:
        payment_methods.keep(account, method, intent["customer"])
    intent |= {"last_setup_error": None, "status": "succeeded"}
    account.emit("setup_intent.succeeded", intent)


def cancel(account: Account, intent: Json, params: Json) -> Json:
    """Cancel an intent that has not succeeded.

    Raises:
        StripeError: the state does not allow it.
    """
    if intent["status"] not in OPEN:
        raise _unexpected_state(intent, "cancel")
    intent |= {"status": "canceled", "cancellation_reason": params.get("cancellation_reason")}
    account.emit("setup_intent.canceled", intent)
    return intent


def list_intents(account: Account, params: Json) -> Json:
    """List intents, newest first."""
    names = ("customer", "payment_method")
    equal = {name: params[name] for name in names if name in params}
    return account.page("/v1/setup_intents", account.all("setup_intent", **equal), params)


def _check(account: Account, intent: Json, name: str) -> PaymentMethod:
    types, customer = intent["payment_method_types"], intent["customer"]
    return payment_methods.resolve(account, name, types, customer)


def _take(account: Account, intent: Json, name: str, billing: Json) -> None:
    intent["payment_method"] = payment_methods.use(account, name, billing)["id"]
    intent["status"] = "requires_confirmation"


def _no_method() -> StripeError:
    return StripeError(
        "You cannot confirm this SetupIntent because it's missing a payment method.",
        code="setup_intent_unexpected_state",
    )


def _unexpected_state(intent: Json, verb: str) -> StripeError:
    return StripeError(
        f"You cannot {verb} this SetupIntent because it has a status of {intent['status']}.",
        code="setup_intent_unexpected_state",
        setup_intent=intent,
    )
