"""Refunds: all or part of a charge, at once, late or in vain."""

from typing import Any

from sandbox.stripe import balance, disputes, objects
from sandbox.stripe.account import Account
from sandbox.stripe.errors import InvalidParameterError, StripeError
from sandbox.stripe.faults import take
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
        StripeError: there is no paid charge, it is disputed, or less is left.
    """
    charge = _charge(account, params)
    disputes.refuse_refund(account, charge)
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
    last = account.methods[charge["payment_method"]].refund
    refund["status"] = "pending" if last == "succeeded" else "succeeded"
    if pending := take(account.faults, "refund_pending", charge["id"]):
        refund["status"] = "pending"
    if late := pending or take(account.faults, "refund_late_balance", charge["id"]):
        wait = late.seconds_or(LATE_SECONDS)
        account.clock.later(
            wait, lambda: _book_late(account, charge, refund, waited=pending is not None)
        )
    else:
        _book(account, charge, refund)
    _count(charge, amount)
    account.included(charge, "refunds").insert(0, refund)
    account.emit("refund.created", refund)
    account.emit("charge.refunded", charge)
    disputes.follow_refund(account, charge)
    if pending:
        return refund
    if last == "succeeded":
        account.clock.later(LATE_SECONDS, lambda: _succeed(account, refund))
    elif last == "failed":
        account.clock.later(LATE_SECONDS, lambda: _fail(account, charge, refund))
    return refund


def cancel(account: Account, refund: Json, params: Json) -> Json:  # noqa: ARG001  # an operation
    """Cancel a refund for which no money has left.

    Stripe's API does so where the customer has yet to act, its Dashboard also where a refund waits
    for funds.

    Raises:
        StripeError: it is done, or money has left.
    """
    if refund["status"] != "pending" or refund["balance_transaction"] is not None:
        raise StripeError(
            f"Refund {refund['id']} with a status of {refund['status']} cannot be canceled."
        )
    refund["status"] = "canceled"
    _count(account.get("charge", refund["charge"]), -refund["amount"])
    account.emit("refund.updated", refund, {"status": "pending"})
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


def _book(account: Account, charge: Json, refund: Json) -> None:
    when = balance.available_with(account, charge["balance_transaction"])
    refund["balance_transaction"] = balance.move(
        account, refund, "refund", -refund["amount"], available_on=when
    )


def _book_late(account: Account, charge: Json, refund: Json, *, waited: bool) -> None:
    if refund["status"] in ("canceled", "failed"):
        return
    _book(account, charge, refund)
    previous: Json = {"balance_transaction": None}
    if waited:
        previous["status"], refund["status"] = refund["status"], "succeeded"
    account.emit("refund.updated", refund, previous)


def _succeed(account: Account, refund: Json) -> None:
    refund["status"] = "succeeded"
    account.emit("refund.updated", refund, {"status": "pending"})


def _fail(account: Account, charge: Json, refund: Json) -> None:
    refund["status"] = "failed"
    refund["failure_reason"] = "expired_or_canceled_card"
    if refund["balance_transaction"] is not None:
        when = balance.available_with(account, refund["balance_transaction"])
        refund["failure_balance_transaction"] = balance.move(
            account, refund, "refund_failure", refund["amount"], available_on=when
        )
    _count(charge, -refund["amount"])
    account.emit("refund.updated", refund, {"status": "succeeded"})
    account.emit("refund.failed", refund)
