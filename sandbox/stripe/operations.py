"""Every operation of the API that the stand-in knows."""

from collections.abc import Callable

from sandbox.stripe import balance, catalog, charges, checkout, payments, refunds
from sandbox.stripe.account import Account
from sandbox.stripe.api import Operation
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Json,
    Schema,
    array,
    moments,
    optional,
    text,
)

LIST_EVENTS: Schema = PAGE | {
    "created": optional(moments),
    "type": optional(text),
    "types": optional(array(text)),
}


def list_events(account: Account, params: Json) -> Json:
    """List what happened, newest first."""
    types = [params["type"]] if "type" in params else params.get("types")
    events = [e for e in account.all("event") if types is None or e["type"] in types]
    return account.page("/v1/events", events, params)


def _plain(
    method: str, path: str, schema: Schema, act: Callable[[Account, Json], Json]
) -> Operation:
    return Operation(method, path, schema, lambda account, _, params: act(account, params))


def _on(
    kind: str, method: str, path: str, schema: Schema, act: Callable[[Account, Json, Json], Json]
) -> Operation:
    return Operation(
        method,
        path,
        schema,
        lambda account, ids, params: act(account, account.get(kind, ids["id"]), params),
    )


def _retrieve(kind: str, path: str) -> Operation:
    return _on(kind, "GET", path, EXPAND, lambda _, thing, __: thing)


OPERATIONS = [
    _plain("POST", "/v1/customers", catalog.CUSTOMER, catalog.create_customer),
    _plain("GET", "/v1/customers", catalog.LIST_CUSTOMERS, catalog.list_customers),
    _retrieve("customer", "/v1/customers/{id}"),
    _on("customer", "POST", "/v1/customers/{id}", catalog.CUSTOMER, catalog.update),
    _plain("POST", "/v1/products", catalog.PRODUCT, catalog.create_product),
    _plain("GET", "/v1/products", catalog.LIST_PRODUCTS, catalog.list_products),
    _retrieve("product", "/v1/products/{id}"),
    _on("product", "POST", "/v1/products/{id}", catalog.UPDATE_PRODUCT, catalog.update),
    _plain("POST", "/v1/prices", catalog.PRICE, catalog.create_price),
    _plain("GET", "/v1/prices", catalog.LIST_PRICES, catalog.list_prices),
    _retrieve("price", "/v1/prices/{id}"),
    _on("price", "POST", "/v1/prices/{id}", catalog.UPDATE_PRICE, catalog.update_price),
    _plain("POST", "/v1/checkout/sessions", checkout.CREATE, checkout.create),
    _plain("GET", "/v1/checkout/sessions", checkout.LIST, checkout.list_sessions),
    _retrieve("checkout.session", "/v1/checkout/sessions/{id}"),
    _on(
        "checkout.session",
        "POST",
        "/v1/checkout/sessions/{id}/expire",
        EXPAND,
        checkout.expire,
    ),
    _on(
        "checkout.session",
        "GET",
        "/v1/checkout/sessions/{id}/line_items",
        PAGE,
        checkout.list_line_items,
    ),
    _plain("POST", "/v1/payment_intents", payments.CREATE, payments.create),
    _plain("GET", "/v1/payment_intents", payments.LIST, payments.list_intents),
    _retrieve("payment_intent", "/v1/payment_intents/{id}"),
    _on(
        "payment_intent",
        "POST",
        "/v1/payment_intents/{id}/confirm",
        payments.CONFIRM,
        payments.confirm,
    ),
    _on(
        "payment_intent",
        "POST",
        "/v1/payment_intents/{id}/cancel",
        payments.CANCEL,
        payments.cancel,
    ),
    _plain("GET", "/v1/charges", charges.LIST, charges.list_charges),
    _retrieve("charge", "/v1/charges/{id}"),
    _plain("GET", "/v1/balance_transactions", balance.LIST, balance.list_transactions),
    _retrieve("balance_transaction", "/v1/balance_transactions/{id}"),
    _plain("POST", "/v1/refunds", refunds.CREATE, refunds.create),
    _plain("GET", "/v1/refunds", refunds.LIST, refunds.list_refunds),
    _retrieve("refund", "/v1/refunds/{id}"),
    _plain("GET", "/v1/events", LIST_EVENTS, list_events),
    _retrieve("event", "/v1/events/{id}"),
]
