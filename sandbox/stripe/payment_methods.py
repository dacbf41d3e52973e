"""Payment methods: made from test names, saved for a customer, taken away again."""

from sandbox.stripe import objects
from sandbox.stripe.account import Account
from sandbox.stripe.billing.changes import merged, recorded
from sandbox.stripe.cards import PAYMENT_METHODS, PaymentMethod
from sandbox.stripe.errors import InvalidParameterError, StripeError, no_such
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Json,
    Schema,
    metadata_changes,
    one_of,
    optional,
    record,
    required,
    text,
)

ATTACH: Schema = EXPAND | {"customer": required(text)}
LIST: Schema = PAGE | {
    "allow_redisplay": optional(one_of("always", "limited", "unspecified")),
    "customer": optional(text),
    "type": optional(text),
}
UPDATE: Schema = EXPAND | {
    "allow_redisplay": optional(one_of("always", "limited", "unspecified")),
    "billing_details": optional(
        record({"email": optional(text), "name": optional(text), "phone": optional(text)})
    ),
    "metadata": optional(metadata_changes),
}
NOBODY: Json = objects.nulls("address email name phone tax_id")


def make(account: Account, name: str, billing: Json) -> Json:
    """Return a new payment method for a test name.

    Raises:
        InvalidParameterError: there is no such name.
    """
    method = _named(name)
    made = account.add(
        objects.payment_method(account.new_id("pm_"), account.clock.now(), method, billing)
    )
    account.methods[made["id"]] = method
    return made


def resolve(account: Account, name: str, types: list[str], customer: str | None) -> PaymentMethod:
    """Return what would be charged for a test name or for the customer's saved payment method.

    Raises:
        InvalidParameterError: it is neither, or not of these types.
    """
    if name in PAYMENT_METHODS:
        method = _named(name)
    else:
        saved = saved_for(account, name, customer)
        method = account.methods[saved["id"]]
    if method.type not in types:
        raise _unknown(name)
    return method


def use(account: Account, name: str, billing: Json) -> Json:
    """Return a new payment method for a test name, or the saved one of that id."""
    if name in PAYMENT_METHODS:
        return make(account, name, billing)
    return account.get("payment_method", name, "payment_method")


def saved_for(account: Account, method_id: str, customer: str | None) -> Json:
    """Return a payment method that is attached to the customer.

    Raises:
        InvalidParameterError: it does not exist or belongs to nobody or to somebody else.
    """
    found = [m for m in account.all("payment_method") if m["id"] == method_id]
    if not found:
        raise _unknown(method_id)
    if customer is None or found[0]["customer"] != customer:
        raise InvalidParameterError(
            f"The PaymentMethod {method_id} does not belong to this customer. "
            "Attach it to the customer first.",
            param="payment_method",
        )
    return found[0]


def attach(account: Account, name: str, params: Json) -> Json:
    """Save a payment method for a customer.

    Raises:
        StripeError: the bank refuses (402), or another customer has it.
    """
    customer = account.get("customer", params["customer"], "customer")
    if name in PAYMENT_METHODS:
        check_saving(_named(name))
    method = use(account, name, NOBODY)
    if method["customer"] not in (None, customer["id"]):
        raise StripeError(
            "The payment method you provided has already been attached to a customer.",
            param="payment_method",
        )
    keep(account, method, customer["id"])
    return method


def check_saving(method: PaymentMethod) -> None:
    """Refuse a card whose bank does not let it be saved.

    Raises:
        StripeError: it does not (402).
    """
    if method.refuses_saving:
        check_charging(method)


def check_charging(method: PaymentMethod) -> None:
    """Refuse a payment method that would be declined.

    Raises:
        StripeError: it would (402).
    """
    if method.decline is not None:
        code, decline_code = method.decline
        raise StripeError(
            f"Your card was declined ({decline_code or code}).",
            status=402,
            kind="card_error",
            code=code,
            decline_code=decline_code,
        )


def keep(account: Account, method: Json, customer: str) -> None:
    """Save a payment method for a customer unless it is saved."""
    if method["customer"] != customer:
        method["customer"] = customer
        account.emit("payment_method.attached", method)


def detach(account: Account, method: Json, params: Json) -> Json:  # noqa: ARG001  # an operation
    """Take a payment method away from its customer and everything that it pays for.

    Raises:
        StripeError: no customer has it.
    """
    if method["customer"] is None:
        raise StripeError(
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible.",
            param="payment_method",
        )
    customer = account.get("customer", method["customer"])
    method["customer"] = None
    account.emit("payment_method.detached", method, {"customer": customer["id"]})
    with recorded(account, customer):
        if customer["invoice_settings"]["default_payment_method"] == method["id"]:
            customer["invoice_settings"]["default_payment_method"] = None
    for subscription in account.all("subscription", default_payment_method=method["id"]):
        with recorded(account, subscription):
            subscription["default_payment_method"] = None
    return method


def update(account: Account, method: Json, params: Json) -> Json:
    """Change a saved payment method's metadata and billing details."""
    with recorded(account, method):
        method["metadata"] = merged(method["metadata"], params.pop("metadata", {}))
        method["billing_details"] |= params.pop("billing_details", {})
        method |= params
    return method


def list_methods(account: Account, params: Json) -> Json:
    """List payment methods, newest first."""
    equal = {name: params[name] for name in ("customer", "type") if name in params}
    things = [m for m in account.all("payment_method", **equal) if m["customer"] is not None]
    return account.page("/v1/payment_methods", things, params)


def list_of_customer(account: Account, customer: Json, params: Json) -> Json:
    """List a customer's payment methods, newest first."""
    answer = list_methods(account, params | {"customer": customer["id"]})
    return answer | {"url": f"/v1/customers/{customer['id']}/payment_methods"}


def retrieve_of_customer(account: Account, customer: Json, method_id: str) -> Json:
    """Return one of a customer's payment methods."""
    method = account.get("payment_method", method_id)
    if method["customer"] != customer["id"]:
        raise no_such("payment_method", method_id, "id")
    return method


def _named(name: str) -> PaymentMethod:
    if name not in PAYMENT_METHODS:
        raise _unknown(name)
    return PAYMENT_METHODS[name]


def _unknown(name: str) -> InvalidParameterError:
    return InvalidParameterError(
        f"No such PaymentMethod for this payment: '{name}'",
        code="resource_missing",
        param="payment_method",
    )
