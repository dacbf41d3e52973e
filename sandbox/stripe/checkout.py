"""Checkout sessions in mode `payment` on the hosted page."""

from sandbox.stripe import catalog, charges, objects, payment_methods, payments
from sandbox.stripe.account import Account
from sandbox.stripe.errors import InvalidParameterError, StripeError
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Json,
    Schema,
    array,
    currency,
    integer,
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

MIN_OPEN_SECONDS = 30 * 60
MAX_OPEN_SECONDS = 24 * 60 * 60
EXPIRES_SLACK_SECONDS = 10
"""Callers compute `expires_at` before their request arrives."""

PRICE_DATA: Schema = {
    "currency": required(currency),
    "product": optional(text),
    "product_data": optional(
        record(
            {
                "description": optional(text),
                "metadata": optional(metadata),
                "name": required(text),
            }
        )
    ),
    "unit_amount": required(integer),
}
CREATE: Schema = EXPAND | {
    "cancel_url": optional(web_address),
    "client_reference_id": optional(text),
    "customer": optional(text),
    "customer_email": optional(text),
    "expires_at": optional(integer),
    "line_items": required(
        array(
            record(
                {
                    "price": optional(text),
                    "price_data": optional(record(PRICE_DATA)),
                    "quantity": required(natural),
                }
            )
        )
    ),
    "locale": optional(text),
    "metadata": optional(metadata),
    "mode": required(one_of("payment")),
    "payment_intent_data": optional(
        record(
            {
                "description": optional(text),
                "metadata": optional(metadata),
                "receipt_email": optional(text),
                "transfer_group": optional(text),
            }
        )
    ),
    "payment_method_types": optional(array(one_of("card", "us_bank_account"))),
    "submit_type": optional(one_of("auto", "book", "donate", "pay")),
    "success_url": required(web_address),
    "ui_mode": optional(one_of("hosted_page")),
}
LIST: Schema = PAGE | {
    "created": optional(moments),
    "customer": optional(text),
    "payment_intent": optional(text),
    "status": optional(one_of("open", "complete", "expired")),
}


def create(account: Account, params: Json) -> Json:
    """Open a session; the answer's `url` is where the customer pays."""
    at = account.clock.now()
    expires_at = params.setdefault("expires_at", at + MAX_OPEN_SECONDS)
    open_seconds = expires_at - at + EXPIRES_SLACK_SECONDS
    if not MIN_OPEN_SECONDS <= open_seconds <= MAX_OPEN_SECONDS + 2 * EXPIRES_SLACK_SECONDS:
        raise InvalidParameterError(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.",
            param="expires_at",
        )
    if "customer" in params:
        account.get("customer", params["customer"], "customer")
    items = [
        _line_item(account, item, f"line_items[{i}]")
        for i, item in enumerate(params.pop("line_items"))
    ]
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise StripeError("All prices on a Checkout Session must be in the same currency.")
    amount = sum(item["amount_total"] for item in items)
    payments.check_amount(amount, "line_items")
    intent_fields = params.pop("payment_intent_data", {})
    session_id = account.new_id("cs_test_")
    fields = {"currency": currencies.pop(), "url": f"{account.base_url}/c/pay/{session_id}"}
    session = account.add(objects.checkout_session(session_id, at, amount, params | fields))
    account.include(session, "line_items", items)
    account.intent_fields[session_id] = intent_fields
    account.clock.later(expires_at - at, lambda: _expire_if_open(account, session))
    return session


def expire(account: Account, session: Json, params: Json) -> Json:  # noqa: ARG001  # an operation
    """Close an open session, so that nobody pays it any more.

    Raises:
        StripeError: it is not open.
    """
    if session["status"] != "open":
        raise StripeError(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of {session['status']}."
        )
    _expire_if_open(account, session)
    return session


def pay(account: Account, session: Json, method: str, email: str, name: str) -> None:
    """Pay an open session with a test payment method.

    Raises:
        StripeError: the card is declined; the session stays open.
    """
    if session["payment_intent"] is None:
        fields = {
            "amount": session["amount_total"],
            "currency": session["currency"],
            "customer": session["customer"],
            "payment_method_types": session["payment_method_types"],
        }
        intent = payments.new(account, fields | account.intent_fields[session["id"]])
        session["payment_intent"] = intent["id"]
    intent = account.get("payment_intent", session["payment_intent"])
    address = objects.nulls("city country line1 line2 postal_code state")
    billing = payment_methods.NOBODY | {"address": address, "email": email, "name": name}
    payments.pay(account, intent, method, billing)
    session |= {
        "customer_details": {
            "address": address,
            "business_name": None,
            "email": email,
            "individual_name": None,
            "name": name,
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
        "payment_status": "paid" if intent["status"] == "succeeded" else "unpaid",
        "status": "complete",
        "url": None,
    }
    account.emit("checkout.session.completed", session)
    if session["payment_status"] == "unpaid":
        account.clock.later(charges.DEBIT_SECONDS, lambda: _debited(account, session, intent))


def list_sessions(account: Account, params: Json) -> Json:
    """List sessions, newest first."""
    names = ("customer", "payment_intent", "status")
    equal = {name: params[name] for name in names if name in params}
    sessions = account.all("checkout.session", **equal)
    return account.page("/v1/checkout/sessions", sessions, params)


def list_line_items(account: Account, session: Json, params: Json) -> Json:
    """List what a session sells."""
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return account.page(url, account.included(session, "line_items"), params)


def _line_item(account: Account, item: Json, param: str) -> Json:
    if ("price" in item) == ("price_data" in item):
        raise InvalidParameterError("Send one of price and price_data.", param=param)
    if "price" in item:
        price = account.get("price", item["price"], f"{param}[price]")
        if not price["active"]:
            raise StripeError(
                "The price specified is inactive. This field only accepts active prices.",
                param=f"{param}[price]",
            )
    else:
        price = _price(account, item["price_data"], f"{param}[price_data]")
    described = account.get("product", price["product"])["name"]
    return objects.line_item(account.new_id("li_"), price, described, item["quantity"])


def _price(account: Account, data: Json, param: str) -> Json:
    """Make the price that exists for one session only, and its product."""
    if ("product" in data) == ("product_data" in data):
        raise InvalidParameterError("Send one of product and product_data.", param=param)
    if "product_data" in data:
        made = catalog.create_product(account, {**data.pop("product_data"), "active": False})
        data["product"] = made["id"]
    price = catalog.create_price(account, data)
    price["active"] = False
    return price


def _expire_if_open(account: Account, session: Json) -> None:
    if session["status"] != "open":
        return
    session |= {"status": "expired", "url": None}
    if session["payment_intent"] is not None:
        payments.cancel(account, account.get("payment_intent", session["payment_intent"]), {})
    account.emit("checkout.session.expired", session)


def _debited(account: Account, session: Json, intent: Json) -> None:
    if intent["status"] == "succeeded":
        session["payment_status"] = "paid"
        account.emit("checkout.session.async_payment_succeeded", session)
    else:
        account.emit("checkout.session.async_payment_failed", session)
