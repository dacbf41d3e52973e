"""Subscriptions: begun by the API, by Checkout or for a trial."""

from contextlib import suppress
from typing import Any

from sandbox.stripe import payment_methods
from sandbox.stripe.account import Account
from sandbox.stripe.billing import (
    collection,
    coupons,
    cycle,
    discounts,
    invoices,
    objects,
    proration,
    setup_intents,
    states,
)
from sandbox.stripe.billing.periods import DAY_SECONDS, next_boundary
from sandbox.stripe.errors import InvalidParameterError, StripeError
from sandbox.stripe.params import Json


def create(account: Account, params: Json) -> Json:
    """Begin a subscription: with a trial, or with a first invoice that is charged at once.

    Raises:
        StripeError: something that it names does not exist or fit, or `error_if_incomplete` and
            the card is declined (402). Then nothing is created.
    """
    params.pop("off_session", None)
    params.pop("currency", None)
    behavior = params.pop("payment_behavior", "allow_incomplete")
    customer = account.get("customer", params["customer"], "customer")
    subscription = _compose(account, customer, params)
    trial = subscription["trial_end"] is not None
    lines = _first_lines(account, subscription)
    method = states.method_of(account, subscription)
    wanted = params.get("discounts") or []
    amount = sum(line["amount"] for line in lines)
    chosen = coupons.chosen(account, wanted, customer["id"], amount, subscription["currency"])
    taken = sum(map(sum, discounts.in_turn([c for c, _ in chosen], [amount])))
    if amount - taken > 0 and behavior != "default_incomplete":
        check_method(account, method, strict=behavior == "error_if_incomplete")
    subscription["status"] = "trialing" if trial else "incomplete"
    account.add(subscription)
    subscription["discounts"] = [
        discounts.redeem(
            account, coupon, code, customer=customer["id"], subscription=subscription["id"]
        )["id"]
        for coupon, code in chosen
    ]
    if trial and method is None and behavior == "default_incomplete":
        intent = setup_intents.new(account, {"customer": customer["id"]})
        subscription["pending_setup_intent"] = intent["id"]
    _begin(account, subscription, lines, behavior)
    return subscription


def list_subscriptions(account: Account, params: Json) -> Json:
    """List subscriptions, newest first; what has ended only where `status` asks for it."""
    equal = {"customer": params["customer"]} if "customer" in params else {}
    things = account.all("subscription", **equal)
    status = params.get("status")
    things = [thing for thing in things if _listed(thing["status"], status)]
    if "price" in params:
        things = [
            thing
            for thing in things
            if any(item["price"]["id"] == params["price"] for item in states.items_of(thing))
        ]
    return account.page("/v1/subscriptions", things, params)


def _listed(status: str, wanted: str | None) -> bool:
    match wanted:
        case None:
            return status != "canceled"
        case "all":
            return True
        case "ended":
            return status in states.ENDED
    return status == wanted


def trial_end_of(params: Json, now: int) -> int | None:
    """Return when the trial that parameters ask for ends.

    Raises:
        InvalidParameterError: that is past.
    """
    if "trial_period_days" in params and "trial_end" in params:
        raise InvalidParameterError("Send one trial.", param="trial_period_days")
    if "trial_period_days" in params:
        return int(now + params["trial_period_days"] * DAY_SECONDS)
    trial_end = params.get("trial_end", "now")
    if trial_end == "now":
        return None
    if trial_end <= now:
        raise InvalidParameterError("Invalid timestamp: must be in the future", param="trial_end")
    return int(trial_end)


def cancellation(account: Account, params: Json, period_end: int) -> Json:
    """Return the fields by which a subscription ends later, or goes on after all.

    Raises:
        InvalidParameterError: both ways are asked for, or the moment is past.
    """
    now = account.clock.now()
    if params.get("cancel_at") and params.get("cancel_at_period_end"):
        raise InvalidParameterError("Send one end.", param="cancel_at")
    if params.get("cancel_at_period_end"):
        return {"cancel_at": period_end, "cancel_at_period_end": True, "canceled_at": now}
    if params.get("cancel_at"):
        if params["cancel_at"] <= now:
            raise InvalidParameterError("Must be in the future", param="cancel_at")
        return {"cancel_at": params["cancel_at"], "cancel_at_period_end": False, "canceled_at": now}
    if "cancel_at" in params or "cancel_at_period_end" in params:
        return {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None}
    return {}


def _compose(account: Account, customer: Json, params: Json) -> Json:
    """Return the subscription that is asked for, not yet stored."""
    now = account.clock.now()
    if "default_payment_method" in params:
        payment_methods.saved_for(account, params["default_payment_method"], customer["id"])
    prices = [
        item["price"]
        if isinstance(item["price"], dict)  # Checkout's, which need not be sold elsewhere
        else proration.active_price(account, item["price"], i)
        for i, item in enumerate(params["items"])
    ]
    trial_end = trial_end_of(params, now)
    subscription_id = account.new_id("sub_")
    copied = ("default_payment_method", "description", "metadata", "trial_settings")
    fields: dict[str, Any] = {name: params[name] for name in copied if name in params}
    fields |= {
        "billing_cycle_anchor": trial_end or now,
        "currency": prices[0]["currency"],
        "customer": customer["id"],
        "items": objects.listed(f"/v1/subscription_items?subscription={subscription_id}", []),
        "trial_end": trial_end,
        "trial_start": now if trial_end else None,
    }
    made = objects.subscription(subscription_id, now, fields)
    made["payment_settings"] |= params.get("payment_settings", {})
    items = [
        proration.new_item(account, made, sent, price)
        for sent, price in zip(params["items"], prices, strict=True)
    ]
    proration.check_items(items)
    made["items"]["data"] = items
    made["items"]["total_count"] = len(items)
    end = trial_end or next_boundary(now, prices[0]["recurring"], now)
    states.set_period(made, now, end)
    return made | cancellation(account, params, end)


def _first_lines(account: Account, subscription: Json) -> list[Json]:
    lines = invoices.free_lines if subscription["trial_end"] else invoices.period_lines
    return lines(account, states.items_of(subscription), states.period_of(subscription))


def check_method(account: Account, method: str | None, *, strict: bool) -> None:
    """Refuse to begin what cannot be paid; a card that is declined only where `strict`.

    Raises:
        StripeError: there is no payment method, or it is declined (402).
    """
    if method is None:
        raise StripeError(
            "This customer has no attached payment source or default payment method. Please "
            "consider adding a default payment method.",
            code="resource_missing",
        )
    if strict:
        payment_methods.check_charging(account.methods[method])


def _begin(account: Account, subscription: Json, lines: list[Json], behavior: str) -> None:
    """Tell of a new subscription, issue its first invoice and start its clock."""
    now = account.clock.now()
    invoice = invoices.draft(account, subscription, lines, "subscription_create", (now, now))
    account.emit("customer.subscription.created", subscription)
    collection.finalize(account, invoice)
    if invoice["status"] == "open" and behavior != "default_incomplete":
        with suppress(StripeError):  # it stays incomplete
            collection.charge(account, invoice)
    if subscription["status"] == "incomplete":
        cycle.expire_later(account, subscription)
    if subscription["status"] == "trialing":
        cycle.announce_trial_end(account, subscription)
    cycle.schedule(account, subscription)
    if subscription["cancel_at"] is not None:
        cycle.cancel_later(account, subscription)
