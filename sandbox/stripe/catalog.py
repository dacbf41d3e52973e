"""Customers, products and prices."""

from typing import Any

from sandbox.stripe import objects
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
    integer,
    metadata,
    moments,
    optional,
    required,
    text,
)

CUSTOMER: Schema = EXPAND | {
    "description": optional(text),
    "email": optional(text),
    "metadata": optional(metadata),
    "name": optional(text),
}
LIST_CUSTOMERS: Schema = PAGE | {"created": optional(moments), "email": optional(text)}
PRODUCT: Schema = EXPAND | {
    "active": optional(boolean),
    "description": optional(text),
    "metadata": optional(metadata),
    "name": required(text),
}
UPDATE_PRODUCT: Schema = PRODUCT | {"name": optional(text)}
LIST_PRODUCTS: Schema = PAGE | {"active": optional(boolean), "created": optional(moments)}
PRICE: Schema = EXPAND | {
    "currency": required(currency),
    "lookup_key": optional(text),
    "metadata": optional(metadata),
    "nickname": optional(text),
    "product": required(text),
    "transfer_lookup_key": optional(boolean),
    "unit_amount": required(integer),
}
UPDATE_PRICE: Schema = EXPAND | {
    "active": optional(boolean),
    "lookup_key": optional(text),
    "metadata": optional(metadata),
    "nickname": optional(text),
    "transfer_lookup_key": optional(boolean),
}
LIST_PRICES: Schema = PAGE | {
    "active": optional(boolean),
    "created": optional(moments),
    "lookup_keys": optional(array(text)),
    "product": optional(text),
}


def create_customer(account: Account, params: Json) -> Json:
    """Create a customer."""
    made = objects.customer(account.new_id("cus_"), account.clock.now(), params)
    account.emit("customer.created", account.add(made))
    return made


def update(account: Account, thing: Json, params: Json) -> Json:
    """Change a customer or a product; metadata is merged key by key, as Stripe does."""
    changed = params | {"metadata": thing["metadata"] | params.get("metadata", {})}
    previous = {name: thing[name] for name in changed if thing[name] != changed[name]}
    thing |= changed
    if "updated" in thing:
        thing["updated"] = account.clock.now()
    account.emit(f"{thing['object']}.updated", thing, previous)
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
    """Create a one-off price.

    Raises:
        StripeError: there is no such product, the amount is negative, or the lookup key is taken.
    """
    account.get("product", params["product"], "product")
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
    prices = account.all("price", **_equal(params, "active", "product"))
    if "lookup_keys" in params:
        prices = [price for price in prices if price["lookup_key"] in params["lookup_keys"]]
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
