"""Changes of a running subscription: items, discounts, trial, pause, end."""

from sandbox.stripe import payment_methods
from sandbox.stripe.account import Account
from sandbox.stripe.billing import (
    collection,
    coupons,
    cycle,
    discounts,
    invoices,
    outcomes,
    proration,
    states,
    subscriptions,
)
from sandbox.stripe.billing.changes import merged, recorded
from sandbox.stripe.errors import InvalidParameterError, StripeError
from sandbox.stripe.params import Json

HARMLESS = {"cancellation_details", "metadata"}


def update(account: Account, subscription: Json, params: Json) -> Json:
    """Change a subscription; what that costs is charged now or with the next invoice.

    Raises:
        StripeError: its state does not allow it, something named does not exist or fit, or
            `error_if_incomplete` and the card would be declined (402). Then nothing changes.
    """
    params.pop("off_session", None)
    now = account.clock.now()
    _check(account, subscription, params)
    behavior = params.get("proration_behavior", "create_prorations")
    plan = _plan(account, subscription, params, behavior)
    trial_end = subscriptions.trial_end_of(params, now)
    end = subscriptions.cancellation(account, params, states.period_of(subscription)[1])
    chosen = _discounts(account, subscription, params)
    with recorded(account, subscription):
        _apply_plain(account, subscription, params)
        if chosen is not None:
            _exchange(account, subscription, chosen)
        lines = _apply(account, subscription, plan)
        restarts = plan.restarts
        if "trial_end" in params and _set_trial(account, subscription, trial_end):
            period = states.period_of(subscription)
            lines += invoices.period_lines(account, states.items_of(subscription), period)
            restarts = True
        subscription |= end
        if subscription["cancel_at_period_end"]:
            subscription["cancel_at"] = states.period_of(subscription)[1]
        pending = account.billing.pending.setdefault(subscription["id"], [])
        pending += lines
        invoice = None
        if pending and (restarts or behavior == "always_invoice"):
            invoice = _bill_now(account, subscription)
    if invoice is not None:
        _collect(account, subscription, invoice)
    if restarts or trial_end is not None:
        cycle.schedule(account, subscription)
    if subscription["cancel_at"] is not None:
        cycle.cancel_later(account, subscription)
    return subscription


def _plan(account: Account, subscription: Json, params: Json, behavior: str) -> proration.Plan:
    """Return what changes of the items would do."""
    if "items" not in params:
        return proration.Plan(states.items_of(subscription), [], restarts=False)
    at = params.get("proration_date", account.clock.now())
    if params.get("payment_behavior") == "error_if_incomplete":
        subscriptions.check_method(account, states.method_of(account, subscription), strict=True)
    return proration.plan(account, subscription, params["items"], at, behavior)


def cancel(account: Account, subscription: Json, params: Json) -> Json:
    """End a subscription at once; with `prorate` what is left of the period is credited.

    Raises:
        StripeError: it has ended already.
    """
    if subscription["status"] in states.ENDED:
        raise StripeError(
            f"No such subscription: '{subscription['id']}'", status=404, code="resource_missing"
        )
    lines = account.billing.pending.pop(subscription["id"], [])
    if params.get("prorate"):
        lines += proration.unused(account, subscription, account.clock.now())
    subscription["cancellation_details"] |= params.get("cancellation_details", {})
    invoice = None
    if params.get("invoice_now") and lines:
        with recorded(account, subscription):
            account.billing.pending[subscription["id"]] = lines
            invoice = _bill_now(account, subscription)
    if subscription["status"] == "incomplete":
        for unpaid in invoices.of_subscription(account, subscription, "open"):
            outcomes.void(account, unpaid, {})
        return subscription
    states.end(account, subscription, "cancellation_requested")
    if invoice is not None:
        _collect(account, subscription, invoice)
    return subscription


def delete_customer(account: Account, customer: Json, params: Json) -> Json:  # noqa: ARG001
    """Forget a customer: subscriptions end, payment methods are taken away."""
    for subscription in account.all("subscription", customer=customer["id"]):
        if subscription["status"] not in states.ENDED:
            cancel(account, subscription, {})
    for method in account.all("payment_method", customer=customer["id"]):
        payment_methods.detach(account, method, {})
    account.emit("customer.deleted", customer)
    return account.remove(customer)


def resume(account: Account, subscription: Json, params: Json) -> Json:  # noqa: ARG001  # an operation
    """Let a paused subscription go on with a new period.

    Raises:
        StripeError: it is not paused.
    """
    if subscription["status"] != "paused":
        raise StripeError("Only a paused subscription can be resumed.", param="id")
    with recorded(account, subscription):
        cycle.restart(account, subscription)
        period = states.period_of(subscription)
        lines = invoices.period_lines(account, states.items_of(subscription), period)
        account.billing.pending.setdefault(subscription["id"], []).extend(lines)
        invoice = _bill_now(account, subscription)
        subscription["status"] = "active"
    account.emit("customer.subscription.resumed", subscription)
    _collect(account, subscription, invoice)
    cycle.schedule(account, subscription)
    return subscription


def _check(account: Account, subscription: Json, params: Json) -> None:
    if subscription["status"] in states.ENDED and set(params) - HARMLESS:
        raise StripeError(
            "A canceled subscription can only update its cancellation_details and metadata."
        )
    if subscription["status"] in ("incomplete", "paused") and {"items", "trial_end"} & set(params):
        raise StripeError(f"The subscription is {subscription['status']}: its items cannot change.")
    if "default_payment_method" in params:
        method, customer = params["default_payment_method"], subscription["customer"]
        payment_methods.saved_for(account, method, customer)
    pause = params.get("pause_collection") or {}
    if pause.get("resumes_at", account.clock.now() + 1) <= account.clock.now():
        raise InvalidParameterError("Must be in the future", param="pause_collection[resumes_at]")


def _discounts(
    account: Account, subscription: Json, params: Json
) -> list[coupons.Promotion] | None:
    if "discounts" not in params:
        return None
    amounts = [i["price"]["unit_amount"] * i["quantity"] for i in states.items_of(subscription)]
    customer, currency = subscription["customer"], subscription["currency"]
    return coupons.chosen(account, params["discounts"] or [], customer, sum(amounts), currency)


def _exchange(account: Account, subscription: Json, chosen: list[coupons.Promotion]) -> None:
    for discount_id in list(subscription["discounts"]):
        discounts.drop(account, subscription, discount_id)
    where = {"customer": subscription["customer"], "subscription": subscription["id"]}
    subscription["discounts"] = [
        discounts.redeem(account, coupon, code, **where)["id"] for coupon, code in chosen
    ]


def _apply_plain(account: Account, subscription: Json, params: Json) -> None:
    subscription["metadata"] = merged(subscription["metadata"], params.get("metadata", {}))
    for name in ("cancellation_details", "payment_settings", "trial_settings"):
        subscription[name] |= params.get(name, {})
    for name in ("default_payment_method", "description"):
        subscription[name] = params.get(name, subscription[name])
    if "pause_collection" in params:
        pause = params["pause_collection"]
        subscription["pause_collection"] = {"resumes_at": None} | pause if pause else None
        if pause and "resumes_at" in pause:
            account.clock.at(pause["resumes_at"], lambda: _unpause(account, subscription, pause))


def _unpause(account: Account, subscription: Json, pause: Json) -> None:
    current = subscription["pause_collection"] or {}
    if current.get("resumes_at") == pause["resumes_at"]:
        with recorded(account, subscription):
            subscription["pause_collection"] = None


def _apply(account: Account, subscription: Json, plan: proration.Plan) -> list[Json]:
    """Put the planned items on the subscription and return what they cost."""
    before = {item["id"]: item for item in states.items_of(subscription)}
    amounts = proration.net_amounts(account, subscription, plan.items)
    for item, amount in zip(plan.items, amounts, strict=True):
        if proration.differs(item, before.get(item["id"])) and subscription["status"] != "trialing":
            account.billing.billed[item["id"]] = amount
    subscription["items"] |= {"data": plan.items, "total_count": len(plan.items)}
    if plan.restarts:
        cycle.restart(account, subscription)
    return plan.lines


def _set_trial(account: Account, subscription: Json, trial_end: int | None) -> bool:
    """Move the end of the trial; return whether a paid period begins now instead."""
    now = account.clock.now()
    if trial_end is None:
        if subscription["status"] != "trialing":
            return False
        subscription |= {"status": "active", "trial_end": now}
        cycle.restart(account, subscription)
        return True
    start = subscription["trial_start"] if subscription["status"] == "trialing" else now
    subscription |= {
        "billing_cycle_anchor": trial_end,
        "status": "trialing",
        "trial_end": trial_end,
        "trial_start": start,
    }
    states.set_period(subscription, start, trial_end)
    cycle.announce_trial_end(account, subscription)
    return False


def _bill_now(account: Account, subscription: Json) -> Json:
    lines = account.billing.pending.pop(subscription["id"])
    period = states.period_of(subscription)
    return invoices.draft(account, subscription, lines, "subscription_update", period)


def _collect(account: Account, subscription: Json, invoice: Json) -> None:
    """Finalize and charge at once, unless collection is paused or has been given up."""
    if subscription["pause_collection"] is not None or subscription["status"] == "unpaid":
        return
    with recorded(account, invoice):
        invoice["auto_advance"] = True
    collection.finalize(account, invoice)
    collection.attempt(account, invoice)
