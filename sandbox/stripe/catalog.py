"""Customers, products and prices."""

from typing import Any

from sandbox.stripe import objects, payment_methods
from sandbox.stripe.account import Account
from sandbox.stripe.billing.changes import merged, recorded
from sandbox.stripe.errors import InvalidParameterError, StripeError
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Json,
    Schema,
    array,
    boolean,
    clearable,
    currency,
    integer,
    metadata,
    metadata_changes,
    moments,
    natural,
    one_of,
    optional,
    record,
    required,
    text,
)

CUSTOMER: Schema = EXPAND | {
    "description": optional(text),
    "email": optional(text),
    "invoice_settings": optional(
        record({"default_payment_method": optional(clearable(text)), "footer": optional(text)})
    ),
    "metadata": optional(metadata),
    "name": optional(text),
    "payment_method": optional(text),
    "phone": optional(text),
}
UPDATE_CUSTOMER: Schema = {n: p for n, p in CUSTOMER.items() if n != "payment_method"} | {
    "metadata": optional(metadata_changes)
}
LIST_CUSTOMERS: Schema = PAGE | {"created": optional(moments), "email": optional(text)}
PRODUCT: Schema = EXPAND | {
    "active": optional(boolean),
    "description": optional(text),
    "metadata": optional(metadata),
    "name": required(text),
}
UPDATE_PRODUCT: Schema = PRODUCT | {
    "metadata": optional(metadata_changes),
    "name": optional(text),
}
LIST_PRODUCTS: Schema = PAGE | {"active": optional(boolean), "created": optional(moments)}
RECURRING: Schema = {
    "interval": required(one_of("day", "week", "month", "year")),
    "interval_count": optional(natural),
    "usage_type": optional(one_of("licensed")),
}
MAX_COUNTS = {"day": 1095, "week": 156, "month": 36, "year": 3}
"""The longest intervals: three years."""
PRICE: Schema = EXPAND | {
    "currency": required(currency),
    "lookup_key": optional(text),
    "metadata": optional(metadata),
    "nickname": optional(text),
    "product": required(text),
    "recurring": optional(record(RECURRING)),
    "transfer_lookup_key": optional(boolean),
    "unit_amount": required(integer),
}
UPDATE_PRICE: Schema = EXPAND | {
    "active": optional(boolean),
    "lookup_key": optional(text),
    "metadata": optional(metadata_changes),
    "nickname": optional(text),
    "transfer_lookup_key": optional(boolean),
}
LIST_PRICES: Schema = PAGE | {
    "active": optional(boolean),
    "created": optional(moments),
    "lookup_keys": optional(array(text)),
    "product": optional(text),
    "recurring": optional(record({"interval": optional(text)})),
    "type": optional(one_of("one_time", "recurring")),
}


def create_customer(account: Account, params: Json) -> Json:
    """Create a customer, by default with the saved payment method that is given.

    Raises:
        StripeError: the bank does not let the payment method be saved (402).
    """
    method, settings = params.pop("payment_method", None), params.pop("invoice_settings", {})
    made = objects.customer(account.new_id("cus_"), account.clock.now(), params)
    account.add(made)
    try:
        if method is not None:
            saved = payment_methods.attach(account, method, {"customer": made["id"]})
            if settings.get("default_payment_method") == method:
                settings["default_payment_method"] = saved["id"]
        _set_invoices(account, made, settings)
    except StripeError:
        account.remove(made)
        raise
    account.emit("customer.created", made)
    return made


def update_customer(account: Account, customer: Json, params: Json) -> Json:
    """Change a customer.

    Raises:
        StripeError: the default payment method is not one of the customer's.
    """
    with recorded(account, customer):
        _set_invoices(account, customer, params.pop("invoice_settings", {}))
        customer |= params | {"metadata": merged(customer["metadata"], params.get("metadata", {}))}
    return customer


def retrieve_customer(account: Account, ids: dict[str, str], params: Json) -> Json:  # noqa: ARG001
    """Return a customer, or what is left of a deleted one."""
    return account.deleted(ids["id"]) or account.get("customer", ids["id"])


def _set_invoices(account: Account, customer: Json, settings: Json) -> None:
    if method := settings.get("default_payment_method"):
        payment_methods.saved_for(account, method, customer["id"])
    customer["invoice_settings"] |= {name: value or None for name, value in settings.items()}


def update(account: Account, thing: Json, params: Json) -> Json:
    """Change a product or a price; metadata is merged key by key."""
    with recorded(account, thing):
        thing |= params | {"metadata": merged(thing["metadata"], params.get("metadata", {}))}
        if "updated" in thing:
            thing["updated"] = account.clock.now()
    return thing


def list_customers(account: Account, params: Json) -> Json:
    """List customers, newest first."""
    return account.page("/v1/customers", account.all("customer", **_equal(params, "email")), params)


def create_product(account: Account, params: Json) -> Json:
    """Create a product."""
    made = objects.product(account.new_id("prod_"), account.clock.now(), params)
    account.emit("product.created", account.add(made))
    return made


def list_products(account: Account, params: Json) -> Json:
    """List products, newest first."""
    return account.page("/v1/products", account.all("product", **_equal(params, "active")), params)


def create_price(account: Account, params: Json) -> Json:
    """Create a price, one-off or recurring.

    Raises:
        StripeError: there is no such product, the amount is negative, the interval too long, or
            the lookup key is taken.
    """
    account.get("product", params["product"], "product")
    if (recurring := params.get("recurring")) is not None:
        recurring |= {"interval_count": recurring.get("interval_count", 1)}
        if recurring["interval_count"] > MAX_COUNTS[recurring["interval"]]:
            raise InvalidParameterError(
                "The interval may not exceed three years.", param="recurring[interval_count]"
            )
        params["recurring"] = {"meter": None, "usage_type": "licensed"} | recurring
    if params["unit_amount"] < 0:
        raise StripeError("Invalid non-negative integer", param="unit_amount")
    _claim(account, None, params)
    made = objects.price(account.new_id("price_"), account.clock.now(), params)
    account.emit("price.created", account.add(made))
    return made


def update_price(account: Account, price: Json, params: Json) -> Json:
    """Change a price; its amount never changes.

    Raises:
        StripeError: the lookup key is taken.
    """
    _claim(account, price, params)
    return update(account, price, params)


def list_prices(account: Account, params: Json) -> Json:
    """List prices, newest first."""
    prices = account.all("price", **_equal(params, "active", "product", "type"))
    if "lookup_keys" in params:
        prices = [price for price in prices if price["lookup_key"] in params["lookup_keys"]]
    for name, value in params.get("recurring", {}).items():
        prices = [price for price in prices if (price["recurring"] or {}).get(name) == value]
    return account.page("/v1/prices", prices, params)


def _claim(account: Account, price: Json | None, params: Json) -> None:
    """Make sure that one price at a time has a lookup key."""
    transfer = params.pop("transfer_lookup_key", False)
    for holder in account.all("price", lookup_key=params.get("lookup_key", ...)):
        if holder is price:
            continue
        if not transfer:
            raise StripeError(
                f"A price ({holder['id']}) already uses that lookup key.", param="lookup_key"
            )
        holder["lookup_key"] = None


def _equal(params: Json, *names: str) -> dict[str, Any]:
    return {name: params[name] for name in names if name in params}
