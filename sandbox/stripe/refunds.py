"""Refunds: all or part of a charge, at once, late or in vain."""

from typing import Any

from sandbox.stripe import balance, objects
from sandbox.stripe.account import Account
from sandbox.stripe.errors import InvalidParameterError, StripeError
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Json,
    Schema,
    metadata,
    moments,
    natural,
    one_of,
    optional,
    text,
)

CREATE: Schema = EXPAND | {
    "amount": optional(natural),
    "charge": optional(text),
    "metadata": optional(metadata),
    "payment_intent": optional(text),
    "reason": optional(one_of("duplicate", "fraudulent", "requested_by_customer")),
}
LIST: Schema = PAGE | {
    "charge": optional(text),
    "created": optional(moments),
    "payment_intent": optional(text),
}
LATE_SECONDS = 5 * balance.DAY_SECONDS
"""When a pending refund succeeds and a failing one fails."""


def create(account: Account, params: Json) -> Json:
    """Refund a charge, by default all that is left of it. Stripe keeps its fee.

    Raises:
        StripeError: there is no paid charge, or less is left.
    """
    charge = _charge(account, params)
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    if not left:
        raise StripeError(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if amount > left:
        raise StripeError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    fields: Json = {name: params[name] for name in ("metadata", "reason") if name in params}
    refund = account.add(
        objects.refund(account.new_id("re_"), account.clock.now(), charge, amount, fields)
    )
    refund["balance_transaction"] = balance.move(account, refund, "refund", -amount)
    last = account.methods[charge["payment_method"]].refund
    refund["status"] = "pending" if last == "succeeded" else "succeeded"
    _count(charge, amount)
    account.included(charge, "refunds").insert(0, refund)
    account.emit("refund.created", refund)
    account.emit("charge.refunded", charge)
    if last == "succeeded":
        account.clock.later(LATE_SECONDS, lambda: _succeed(account, refund))
    elif last == "failed":
        account.clock.later(LATE_SECONDS, lambda: _fail(account, charge, refund))
    return refund


def list_refunds(account: Account, params: Json) -> Json:
    """List refunds, newest first."""
    equal: dict[str, Any] = {
        name: params[name] for name in ("charge", "payment_intent") if name in params
    }
    return account.page("/v1/refunds", account.all("refund", **equal), params)


def _charge(account: Account, params: Json) -> Json:
    if ("charge" in params) == ("payment_intent" in params):
        raise InvalidParameterError(
            "One of the following params should be provided: payment_intent or charge.",
            code="parameter_missing",
            param="payment_intent",
        )
    if "charge" in params:
        charge = account.get("charge", params["charge"], "charge")
    else:
        intent = account.get("payment_intent", params["payment_intent"], "payment_intent")
        if intent["latest_charge"] is None:
            raise StripeError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
            )
        charge = account.get("charge", intent["latest_charge"])
    if not charge["paid"]:
        raise StripeError(f"Charge {charge['id']} is not paid and cannot be refunded.")
    return charge


def _count(charge: Json, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]


def _succeed(account: Account, refund: Json) -> None:
    refund["status"] = "succeeded"
    account.emit("refund.updated", refund, {"status": "pending"})


def _fail(account: Account, charge: Json, refund: Json) -> None:
    refund["status"] = "failed"
    refund["failure_reason"] = "expired_or_canceled_card"
    refund["failure_balance_transaction"] = balance.move(
        account, refund, "refund_failure", refund["amount"]
    )
    _count(charge, -refund["amount"])
    account.emit("refund.updated", refund, {"status": "succeeded"})
    account.emit("refund.failed", refund)
