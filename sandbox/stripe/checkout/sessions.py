"""Checkout sessions: opened, listed, expired."""

from typing import Any

from sandbox.stripe import catalog, objects, payments
from sandbox.stripe.account import Account
from sandbox.stripe.billing import coupons, discounts, setup_intents, subscriptions
from sandbox.stripe.checkout.schemas import ONLY_IN
from sandbox.stripe.errors import InvalidParameterError, StripeError
from sandbox.stripe.params import Json

MIN_OPEN_SECONDS = 30 * 60
MAX_OPEN_SECONDS = 24 * 60 * 60
EXPIRES_SLACK_SECONDS = 10
"""Callers compute `expires_at` before their request arrives."""
DATA = ("payment_intent_data", "subscription_data", "setup_intent_data")


def create(account: Account, params: Json) -> Json:
    """Open a session; the answer's `url` is where the customer pays."""
    at = account.clock.now()
    mode = params["mode"]
    expires_at = _check(account, params, at)
    data = {name: params.pop(name, {}) for name in DATA}
    trial = subscriptions.trial_end_of(data["subscription_data"], at) is not None
    sold = params.pop("line_items", [])
    items = [_line_item(account, item, i, mode) for i, item in enumerate(sold)]
    if len({item["currency"] for item in items}) > 1:
        raise StripeError("All prices on a Checkout Session must be in the same currency.")
    if trial:
        for item in items:
            item |= {"amount_subtotal": 0, "amount_total": 0}
    wanted = params.pop("discounts", None)
    session_id = account.new_id("cs_test_")
    fields = {
        "currency": items[0]["currency"] if items else params.pop("currency", None),
        "url": f"{account.base_url}/c/pay/{session_id}",
    }
    if mode != "payment" or "customer" in params:
        made_in = {"payment": None, "setup": None, "subscription": "always"}[mode]
        fields["customer_creation"] = None if "customer" in params else made_in
    if mode != "payment":
        fields |= {"payment_method_types": ["card"], "payment_method_collection": "always"}
    if mode == "setup":
        fields["payment_status"] = "no_payment_required"
    session = objects.checkout_session(session_id, at, 0, fields | params)
    account.include(session, "line_items", items)
    price(account, session, wanted)
    if mode == "payment" and wanted is None:
        payments.check_amount(session["amount_total"], "line_items")
    if mode == "setup":
        session |= {"amount_subtotal": None, "amount_total": None, "total_details": None}
        intent = {"customer": session["customer"]} | data["setup_intent_data"]
        session["setup_intent"] = setup_intents.new(account, intent)["id"]
    account.add(session)
    account.intent_fields[session_id] = data["payment_intent_data"]
    account.billing.checkout[session_id] = data["subscription_data"]
    account.clock.later(expires_at - at, lambda: _expire_if_open(account, session))
    return session


def price(account: Account, session: Json, wanted: list[Json] | None) -> None:
    """Set the amounts of a session after these discounts.

    Raises:
        StripeError: one does not exist or does not apply.
    """
    items = account.included(session, "line_items")
    amounts = [item["amount_subtotal"] for item in items]
    found = chosen(account, session, wanted)
    taken = discounts.in_turn([coupon for coupon, _ in found], amounts)
    for i, item in enumerate(items):
        off = sum(less[i] for less in taken)
        item |= {"amount_discount": off, "amount_total": amounts[i] - off}
    off = sum(map(sum, taken))
    session |= {
        "amount_subtotal": sum(amounts),
        "amount_total": sum(amounts) - off,
        "total_details": {"amount_discount": off, "amount_shipping": 0, "amount_tax": 0},
    }
    if wanted is not None:
        session["discounts"] = [
            {"coupon": None, "promotion_code": None} | names for names in wanted
        ]


def chosen(account: Account, session: Json, wanted: list[Json] | None) -> list[coupons.Promotion]:
    """Return the coupons that a session's discounts name.

    Raises:
        StripeError: one does not exist or does not apply.
    """
    amount = sum(item["amount_subtotal"] for item in account.included(session, "line_items"))
    named = [{n: v for n, v in names.items() if v is not None} for names in wanted or []]
    return coupons.chosen(account, named, session["customer"], amount, session["currency"])


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


def list_sessions(account: Account, params: Json) -> Json:
    """List sessions, newest first."""
    names = ("customer", "payment_intent", "status", "subscription")
    equal = {name: params[name] for name in names if name in params}
    sessions = account.all("checkout.session", **equal)
    return account.page("/v1/checkout/sessions", sessions, params)


def list_line_items(account: Account, session: Json, params: Json) -> Json:
    """List what a session sells."""
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return account.page(url, account.included(session, "line_items"), params)


def _check(account: Account, params: Json, at: int) -> int:
    """Refuse what does not go together, and return when the session expires."""
    expires_at = int(params.setdefault("expires_at", at + MAX_OPEN_SECONDS))
    open_seconds = expires_at - at + EXPIRES_SLACK_SECONDS
    if not MIN_OPEN_SECONDS <= open_seconds <= MAX_OPEN_SECONDS + 2 * EXPIRES_SLACK_SECONDS:
        raise InvalidParameterError(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from now.",
            param="expires_at",
        )
    mode = params["mode"]
    for name, modes in ONLY_IN.items():
        if name in params and mode not in modes:
            raise InvalidParameterError(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    if mode != "setup" and "line_items" not in params:
        raise InvalidParameterError(
            "Missing required param: line_items.", code="parameter_missing", param="line_items"
        )
    if "discounts" in params and "allow_promotion_codes" in params:
        raise InvalidParameterError(
            "You may only specify one of these parameters: allow_promotion_codes, discounts.",
            param="allow_promotion_codes",
        )
    if "customer" in params:
        account.get("customer", params["customer"], "customer")
        if "customer_creation" in params or "customer_email" in params:
            raise InvalidParameterError(
                "You may only specify one of these parameters: customer, customer_creation, "
                "customer_email.",
                param="customer",
            )
    return expires_at


def _line_item(account: Account, item: Json, i: int, mode: str) -> Json:
    param = f"line_items[{i}]"
    if ("price" in item) == ("price_data" in item):
        raise InvalidParameterError("Send one of price and price_data.", param=param)
    if "price" in item:
        found = account.get("price", item["price"], f"{param}[price]")
        if not found["active"]:
            raise StripeError(
                "The price specified is inactive. This field only accepts active prices.",
                param=f"{param}[price]",
            )
    else:
        found = _price(account, item["price_data"], f"{param}[price_data]")
    if (found["recurring"] is None) == (mode == "subscription"):
        raise StripeError(
            f"You specified `{mode}` mode but passed a {found['type']} price.",
            param=f"{param}[price]",
        )
    described = account.get("product", found["product"])["name"]
    return objects.line_item(account.new_id("li_"), found, described, item["quantity"])


def _price(account: Account, data: Json, param: str) -> Json:
    """Make the price that exists for one session only, and its product."""
    if ("product" in data) == ("product_data" in data):
        raise InvalidParameterError("Send one of product and product_data.", param=param)
    if "product_data" in data:
        made: Any = catalog.create_product(account, {**data.pop("product_data"), "active": False})
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
    if session["setup_intent"] is not None:
        setup_intents.cancel(account, account.get("setup_intent", session["setup_intent"]), {})
    account.emit("checkout.session.expired", session)
