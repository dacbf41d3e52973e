"""Every operation of the API that the stand-in knows."""

from sandbox.stripe import (
    balance,
    catalog,
    charges,
    disputes,
    payments,
    payouts,
    refunds,
)
from sandbox.stripe.account import Account
from sandbox.stripe.api import Operation
from sandbox.stripe.billing import operations as billing
from sandbox.stripe.checkout import schemas, sessions
from sandbox.stripe.connect import operations as connect
from sandbox.stripe.endpoints import on, plain, retrieve
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


OPERATIONS = [
    *billing.OPERATIONS,
    plain("POST", "/v1/customers", catalog.CUSTOMER, catalog.create_customer),
    plain("GET", "/v1/customers", catalog.LIST_CUSTOMERS, catalog.list_customers),
    Operation("GET", "/v1/customers/{id}", EXPAND, catalog.retrieve_customer),
    on("customer", "POST", "/v1/customers/{id}", catalog.UPDATE_CUSTOMER, catalog.update_customer),
    plain("POST", "/v1/products", catalog.PRODUCT, catalog.create_product),
    plain("GET", "/v1/products", catalog.LIST_PRODUCTS, catalog.list_products),
    retrieve("product", "/v1/products/{id}"),
    on("product", "POST", "/v1/products/{id}", catalog.UPDATE_PRODUCT, catalog.update),
    plain("POST", "/v1/prices", catalog.PRICE, catalog.create_price),
    plain("GET", "/v1/prices", catalog.LIST_PRICES, catalog.list_prices),
    retrieve("price", "/v1/prices/{id}"),
    on("price", "POST", "/v1/prices/{id}", catalog.UPDATE_PRICE, catalog.update_price),
    plain("POST", "/v1/checkout/sessions", schemas.CREATE, sessions.create),
    plain("GET", "/v1/checkout/sessions", schemas.LIST, sessions.list_sessions),
    retrieve("checkout.session", "/v1/checkout/sessions/{id}"),
    on(
        "checkout.session",
        "POST",
        "/v1/checkout/sessions/{id}/expire",
        EXPAND,
        sessions.expire,
    ),
    on(
        "checkout.session",
        "GET",
        "/v1/checkout/sessions/{id}/line_items",
        PAGE,
        sessions.list_line_items,
    ),
    plain("POST", "/v1/payment_intents", payments.CREATE, payments.create),
    plain("GET", "/v1/payment_intents", payments.LIST, payments.list_intents),
    retrieve("payment_intent", "/v1/payment_intents/{id}"),
    on(
        "payment_intent",
        "POST",
        "/v1/payment_intents/{id}/confirm",
        payments.CONFIRM,
        payments.confirm,
    ),
    on(
        "payment_intent",
        "POST",
        "/v1/payment_intents/{id}/cancel",
        payments.CANCEL,
        payments.cancel,
    ),
    plain("GET", "/v1/charges", charges.LIST, charges.list_charges),
    retrieve("charge", "/v1/charges/{id}"),
    plain("GET", "/v1/balance", EXPAND, balance.retrieve),
    plain("GET", "/v1/balance_transactions", balance.LIST, balance.list_transactions),
    retrieve("balance_transaction", "/v1/balance_transactions/{id}"),
    plain("POST", "/v1/refunds", refunds.CREATE, refunds.create),
    plain("GET", "/v1/refunds", refunds.LIST, refunds.list_refunds),
    retrieve("refund", "/v1/refunds/{id}"),
    on("refund", "POST", "/v1/refunds/{id}/cancel", EXPAND, refunds.cancel),
    plain("GET", "/v1/events", LIST_EVENTS, list_events),
    retrieve("event", "/v1/events/{id}"),
    *disputes.OPERATIONS,
    *payouts.OPERATIONS,
    *connect.OPERATIONS,
]
