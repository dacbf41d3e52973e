"""Balance transactions: what moves the balance, and when it becomes available."""

from typing import Any

from sandbox.stripe.account import Account
from sandbox.stripe.params import PAGE, Json, Schema, optional, text

FEE_PER_MILLE = 29
FEE_FIXED_CENTS = 30
DAY_SECONDS = 86_400
AVAILABLE_AFTER_SECONDS = 2 * DAY_SECONDS

LIST: Schema = PAGE | {
    "source": optional(text),
    "type": optional(text),
}


def fee_cents(amount_cents: int) -> int:
    """Return 2.9 % of the amount, half a cent rounded up, plus 30 cents."""
    return (amount_cents * FEE_PER_MILLE + 500) // 1000 + FEE_FIXED_CENTS


def move(account: Account, source: Json, kind: str, amount: int, fee: int = 0) -> str:
    """Book a movement and return its id. It is pending at first, available two days later."""
    at = account.clock.now()
    stripe_fee = {
        "amount": fee,
        "application": None,
        "currency": source["currency"],
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    transaction = account.add(
        {
            "id": account.new_id("txn_"),
            "object": "balance_transaction",
            "amount": amount,
            "available_on": at + AVAILABLE_AFTER_SECONDS,
            "balance_type": "payments",
            "created": at,
            "currency": source["currency"],
            "description": None,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [stripe_fee] if fee else [],
            "net": amount - fee,
            "reporting_category": kind,
            "source": source["id"],
            "status": "pending",
            "type": kind,
        }
    )
    account.clock.later(AVAILABLE_AFTER_SECONDS, lambda: transaction.update(status="available"))
    return str(transaction["id"])


def settle(account: Account, charge: Json) -> None:
    """Give a succeeded charge its balance transaction, as late as asynchronous capture does."""

    def book() -> None:
        charge["balance_transaction"] = move(
            account, charge, "charge", charge["amount"], fee_cents(charge["amount"])
        )
        account.emit("charge.updated", charge, {"balance_transaction": None})

    if account.balance_delay_seconds is None:
        account.held_back.append(book)
    else:
        account.clock.later(account.balance_delay_seconds, book)


def list_transactions(account: Account, params: Json) -> Json:
    """List movements, newest first."""
    equal: dict[str, Any] = {name: params[name] for name in ("source", "type") if name in params}
    return account.page(
        "/v1/balance_transactions", account.all("balance_transaction", **equal), params
    )
