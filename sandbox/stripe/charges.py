"""Charges: what becomes of a payment method when it is used."""

from typing import Any

from sandbox.stripe import balance, disputes, objects, payment_methods
from sandbox.stripe.account import Account
from sandbox.stripe.cards import PaymentMethod
from sandbox.stripe.errors import StripeError
from sandbox.stripe.params import PAGE, Json, Schema, moments, optional, text

DEBIT_SECONDS = 4 * balance.DAY_SECONDS
"""How long a bank debit takes to be decided."""

LIST: Schema = PAGE | {
    "created": optional(moments),
    "customer": optional(text),
    "payment_intent": optional(text),
}


def charge(account: Account, intent: Json) -> None:
    """Charge the intent's payment method: a card at once, a bank account after days.

    Raises:
        StripeError: the card is declined (402).
    """
    used = account.get("payment_method", intent["payment_method"])
    method = account.methods[used["id"]]
    made = account.add(
        objects.charge(
            account.new_id("ch_"), account.clock.now(), intent, method, used["billing_details"]
        )
    )
    account.include(made, "refunds", [])
    intent["latest_charge"] = made["id"]
    intent["last_payment_error"] = None
    if method.type == "card":
        _decide(account, intent, made, method)
        if method.decline is not None:
            error = intent["last_payment_error"]
            raise StripeError(
                error["message"],
                status=402,
                kind="card_error",
                code=error["code"],
                charge=made["id"],
                decline_code=error.get("decline_code"),
                payment_intent=intent,
                payment_method=used,
            )
        return
    intent["status"] = "processing"
    account.emit("charge.pending", made)
    account.emit("payment_intent.processing", intent)
    account.clock.later(DEBIT_SECONDS, lambda: _decide(account, intent, made, method))


def list_charges(account: Account, params: Json) -> Json:
    """List charges, newest first."""
    names = ("customer", "payment_intent")
    equal: dict[str, Any] = {name: params[name] for name in names if name in params}
    return account.page("/v1/charges", account.all("charge", **equal), params)


def _decide(account: Account, intent: Json, charge: Json, method: PaymentMethod) -> None:
    if method.decline is None:
        charge |= {
            "amount_captured": charge["amount"],
            "captured": True,
            "outcome": _outcome("authorized", "Payment complete."),
            "paid": True,
            "status": "succeeded",
        }
        intent |= {"amount_received": intent["amount"], "status": "succeeded"}
        account.emit("charge.succeeded", charge)
        account.emit("payment_intent.succeeded", intent)
        balance.settle(account, charge)
        disputes.open_later(account, charge)
        if intent["setup_future_usage"] is not None and intent["customer"] is not None:
            used = account.get("payment_method", intent["payment_method"])
            payment_methods.keep(account, used, intent["customer"])
        _tell(account, intent)
        return
    code, decline_code = method.decline
    message = f"Your payment was declined ({decline_code or code})."
    charge |= {
        "failure_code": code,
        "failure_message": message,
        "outcome": _outcome("issuer_declined", "The bank declined.", decline_code or code),
        "status": "failed",
    }
    intent["last_payment_error"] = {
        "charge": charge["id"],
        "code": code,
        "decline_code": decline_code,
        "message": message,
        "payment_method": account.get("payment_method", intent["payment_method"]),
        "type": "card_error",
    }
    intent |= {"payment_method": None, "status": "requires_payment_method"}
    account.emit("charge.failed", charge)
    account.emit("payment_intent.payment_failed", intent)
    _tell(account, intent)


def _tell(account: Account, intent: Json) -> None:
    if (watcher := account.watchers.get(intent["id"])) is not None:
        watcher()


def _outcome(kind: str, message: str, reason: str | None = None) -> Json:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if reason else "approved_by_network",
        "reason": reason,
        "risk_level": "normal",
        "seller_message": message,
        "type": kind,
    }
