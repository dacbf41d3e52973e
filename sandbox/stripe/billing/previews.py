"""What the next invoice would be, with a change or without."""

import copy

from sandbox.stripe.account import Account
from sandbox.stripe.billing import invoices, objects, proration, states
from sandbox.stripe.billing.periods import next_boundary
from sandbox.stripe.errors import InvalidParameterError, StripeError
from sandbox.stripe.params import Json


def preview(account: Account, params: Json) -> Json:
    """Return the invoice that would come next. Nothing is stored.

    Raises:
        StripeError: there would be none, or something named does not exist.
    """
    details = params.get("subscription_details", {})
    if "subscription" in params:
        subscription = account.get("subscription", params["subscription"], "subscription")
        if params.get("customer", subscription["customer"]) != subscription["customer"]:
            raise InvalidParameterError("Another customer's subscription.", param="customer")
        return _of_subscription(account, subscription, details)
    if "customer" not in params:
        raise InvalidParameterError("Send customer or subscription.", param="customer")
    customer = account.get("customer", params["customer"], "customer")
    return _of_new(account, customer, details.get("items", []))


def _of_subscription(account: Account, subscription: Json, details: Json) -> Json:
    status = subscription["status"]
    if status in states.ENDED:
        raise _none()
    now = account.clock.now()
    behavior = details.get("proration_behavior", "create_prorations")
    pending = copy.deepcopy(account.billing.pending.get(subscription["id"], []))
    period = states.period_of(subscription)
    if details.get("cancel_now"):
        lines = pending + proration.unused(account, subscription, now)
        return _invoice(account, subscription, lines, period)
    at = details.get("proration_date", now)
    planned = proration.plan(account, subscription, details.get("items", []), at, behavior)
    lines = pending + planned.lines
    if planned.restarts or (behavior == "always_invoice" and planned.lines):
        return _invoice(account, subscription, lines, period)
    ends = subscription["cancel_at_period_end"]
    if details.get("cancel_at_period_end", ends):
        if not lines:
            raise _none()
        return _invoice(account, subscription, lines, period)
    end = period[1]
    lasting = [
        discount
        for discount in subscription["discounts"]
        if (account.get("discount", discount)["end"] or end + 1) > end
    ]
    recurring = planned.items[0]["price"]["recurring"]
    following = (end, next_boundary(subscription["billing_cycle_anchor"], recurring, end))
    lines += invoices.period_lines(account, planned.items, following)
    return _invoice(account, subscription | {"discounts": lasting}, lines, period)


def _of_new(account: Account, customer: Json, wanted: list[Json]) -> Json:
    """Return the first invoice of a subscription that does not exist."""
    now = account.clock.now()
    fields = {
        "customer": customer["id"],
        "items": objects.listed("", []),
        "billing_cycle_anchor": now,
        "currency": "usd",
    }
    subscription = objects.subscription("sub_preview", now, fields)
    items = []
    for i, sent in enumerate(wanted):
        price = proration.active_price(account, sent.get("price", ""), i)
        items.append(proration.new_item(account, subscription, sent, price))
    proration.check_items(items)
    subscription["currency"] = items[0]["price"]["currency"]
    end = next_boundary(now, items[0]["price"]["recurring"], now)
    lines = invoices.period_lines(account, items, (now, end))
    made = _invoice(account, subscription, lines, (now, now))
    return made | {"parent": None}


def _invoice(
    account: Account, subscription: Json, lines: list[Json], period: invoices.Period
) -> Json:
    return invoices.compose(account, subscription, lines, "upcoming", period)


def _none() -> StripeError:
    return StripeError(
        "No upcoming invoices for customer", status=404, code="invoice_upcoming_none"
    )
