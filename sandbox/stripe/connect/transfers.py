"""Transfers to connected accounts, and their reversals."""

from typing import Any

from sandbox.stripe import balance
from sandbox.stripe import objects as plain_objects
from sandbox.stripe.account import Account
from sandbox.stripe.connect import objects, state
from sandbox.stripe.errors import StripeError, no_such
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Json,
    Schema,
    currency,
    metadata,
    moments,
    natural,
    optional,
    required,
    text,
)

CREATE: Schema = EXPAND | {
    "amount": required(natural),
    "currency": required(currency),
    "description": optional(text),
    "destination": required(text),
    "metadata": optional(metadata),
    "source_transaction": optional(text),
    "transfer_group": optional(text),
}
UPDATE: Schema = EXPAND | {"description": optional(text), "metadata": optional(metadata)}
LIST: Schema = PAGE | {
    "created": optional(moments),
    "destination": optional(text),
    "transfer_group": optional(text),
}
REVERSE: Schema = EXPAND | {
    "amount": optional(natural),
    "description": optional(text),
    "metadata": optional(metadata),
}


def create(account: Account, params: Json) -> Json:
    """Move money to a connected account.

    With `source_transaction` it may be money that is still pending, and is as late there.

    Raises:
        StripeError: the destination cannot receive transfers, or there is not so much to transfer.
    """
    other = account.connected.get(params["destination"])
    if other is None:
        raise no_such("destination", params["destination"], "destination")
    if state.of(other)["capabilities"].get("transfers") != "active":
        raise StripeError(
            "Your destination account needs to have at least one of the following capabilities "
            "enabled: transfers, crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )
    available_on = _from_source(account, params)
    at = account.clock.now()
    transfer = account.add(objects.transfer(account.new_id("tr_"), at, params))
    transfer["balance_transaction"] = balance.move(
        account, transfer, "transfer", -transfer["amount"], available_on=available_on
    )
    payment = other.add(objects.destination_payment(other.new_id("py_"), at, transfer))
    payment["balance_transaction"] = balance.move(
        other,
        payment,
        "payment",
        payment["amount"],
        available_on=available_on,
        category="charge",
    )
    other.include(payment, "refunds", [])
    transfer["destination_payment"] = payment["id"]
    account.emit("transfer.created", transfer)
    return transfer


def update(account: Account, transfer: Json, params: Json) -> Json:
    """Change metadata and description."""
    changed = params | {"metadata": transfer["metadata"] | params.get("metadata", {})}
    previous = {name: transfer[name] for name in changed if transfer[name] != changed[name]}
    transfer |= changed
    account.emit("transfer.updated", transfer, previous)
    return transfer


def list_transfers(account: Account, params: Json) -> Json:
    """List transfers, newest first."""
    names = ("destination", "transfer_group")
    equal: dict[str, Any] = {name: params[name] for name in names if name in params}
    return account.page("/v1/transfers", account.all("transfer", **equal), params)


def reverse(account: Account, transfer: Json, params: Json) -> Json:
    """Take a transfer back, by default all that is left of it.

    Raises:
        StripeError: less is left, or the connected account has no longer so much.
    """
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = params.get("amount", left)
    if not left:
        raise StripeError(
            f"Transfer {transfer['id']} is already fully reversed.",
            code="transfer_already_reversed",
        )
    if amount > left:
        raise StripeError(
            f"Reversal amount ({amount}) is greater than unreversed amount on transfer ({left})",
            param="amount",
        )
    other = account.connected[transfer["destination"]]
    payment = other.get("charge", transfer["destination_payment"])
    arrived = other.get("balance_transaction", payment["balance_transaction"])
    if arrived["status"] == "available":
        balance.require(other, amount, transfer["currency"])
    at = account.clock.now()
    available_on = max(arrived["available_on"], at)
    made = objects.reversal(
        account.new_id("trr_"), at, transfer, amount, params.get("metadata", {})
    )
    reversal = account.add(made)
    reversal["balance_transaction"] = balance.move(
        account,
        reversal,
        "transfer_refund",
        amount,
        available_on=available_on,
        category="transfer_reversal",
    )
    reversal["destination_payment_refund"] = _give_back(other, payment, amount, available_on)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"] = list_reversals(account, transfer, {})
    account.emit("transfer.reversed", transfer)
    return reversal


def retrieve_reversal(account: Account, ids: dict[str, str], params: Json) -> Json:  # noqa: ARG001
    """Return one reversal of a transfer."""
    reversal = account.get("transfer_reversal", ids["reversal"])
    if reversal["transfer"] != ids["id"]:
        raise no_such("transfer_reversal", ids["reversal"], "id")
    return reversal


def list_reversals(account: Account, transfer: Json, params: Json) -> Json:
    """List the reversals of a transfer, newest first."""
    found = account.all("transfer_reversal", transfer=transfer["id"])
    return account.page(f"/v1/transfers/{transfer['id']}/reversals", found, params)


def _from_source(account: Account, params: Json) -> int:
    """Return when the money is available, having checked that it is there."""
    if "source_transaction" not in params:
        balance.require(account, params["amount"], params["currency"])
        return account.clock.now()
    charge = account.get("charge", params["source_transaction"], "source_transaction")
    if not charge["paid"] or charge["currency"] != params["currency"]:
        raise StripeError(
            f"Charge {charge['id']} is not paid in the currency of the transfer.",
            param="source_transaction",
        )
    spent = sum(
        transfer["amount"] - transfer["amount_reversed"]
        for transfer in account.all("transfer", source_transaction=charge["id"])
    )
    if params["amount"] > charge["amount"] - spent:
        raise StripeError(
            "The transfers from a source_transaction must not exceed the amount of the charge.",
            param="amount",
        )
    if charge["transfer_group"] is None:
        charge["transfer_group"] = f"group_{charge['payment_intent']}"
    params.setdefault("transfer_group", charge["transfer_group"])
    return balance.available_with(account, charge["balance_transaction"])


def _give_back(other: Account, payment: Json, amount: int, available_on: int) -> str:
    refund = other.add(
        plain_objects.refund(
            other.new_id("pyr_"), other.clock.now(), payment, amount, {"status": "succeeded"}
        )
    )
    refund["balance_transaction"] = balance.move(
        other, refund, "payment_refund", -amount, available_on=available_on, category="refund"
    )
    payment["amount_refunded"] += amount
    payment["refunded"] = payment["amount_refunded"] == payment["amount"]
    other.included(payment, "refunds").insert(0, refund)
    return str(refund["id"])
