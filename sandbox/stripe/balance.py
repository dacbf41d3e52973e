"""Balance transactions: what moves the balance, and when it becomes available."""

from typing import Any

from sandbox.stripe.account import Account
from sandbox.stripe.errors import StripeError
from sandbox.stripe.params import PAGE, Json, Schema, currency, moments, optional, text

FEE_PER_MILLE = 29
FEE_FIXED_CENTS = 30
DAY_SECONDS = 86_400
AVAILABLE_AFTER_SECONDS = 2 * DAY_SECONDS

LIST: Schema = PAGE | {
    "created": optional(moments),
    "currency": optional(currency),
    "payout": optional(text),
    "source": optional(text),
    "type": optional(text),
}


def fee_cents(amount_cents: int) -> int:
    """Return 2.9 % of the amount, half a cent rounded up, plus 30 cents."""
    return (amount_cents * FEE_PER_MILLE + 500) // 1000 + FEE_FIXED_CENTS


def move(  # noqa: PLR0913  # the columns of a statement of account
    account: Account,
    source: Json,
    kind: str,
    amount: int,
    fee: int = 0,
    *,
    available_on: int | None = None,
    category: str | None = None,
) -> str:
    """Book a movement and return its id.

    Args:
        account: whose balance moves.
        source: the object that the movement is for.
        kind: the type of the transaction.
        amount: in cents, before the fee.
        fee: in cents.
        available_on: when it counts; None means two days from now.
        category: for reports, if it differs from `kind`.
    """
    at = account.clock.now()
    if available_on is None:
        available_on = at + AVAILABLE_AFTER_SECONDS
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
            "available_on": available_on,
            "balance_type": "payments",
            "created": at,
            "currency": source["currency"],
            "description": None,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [stripe_fee] if fee else [],
            "net": amount - fee,
            "reporting_category": category or kind,
            "source": source["id"],
            "status": "available" if available_on <= at else "pending",
            "type": kind,
        }
    )
    if available_on > at:
        account.clock.later(available_on - at, lambda: transaction.update(status="available"))
    return str(transaction["id"])


def available_with(account: Account, transaction_id: str | None) -> int:
    """Return when money becomes available that follows other money: not before it, nor before now.

    Where the other money has not been booked, it is not available for two days.
    """
    at = account.clock.now()
    if transaction_id is None:
        return at + AVAILABLE_AFTER_SECONDS
    booked = account.get("balance_transaction", transaction_id)
    return max(int(booked["available_on"]), at)


def available_cents(account: Account, currency: str) -> int:
    """Return what can be paid out or transferred now."""
    return _sum(account, currency, "available")


def require(account: Account, cents: int, currency: str) -> None:
    """Refuse to spend what is not available.

    Raises:
        StripeError: `balance_insufficient`.
    """
    if available_cents(account, currency) < cents:
        raise StripeError(
            "You have insufficient available funds in your Stripe account.",
            code="balance_insufficient",
        )


def retrieve(account: Account, params: Json) -> Json:  # noqa: ARG001  # an operation
    """Return what is available and what is pending, by currency."""
    booked = account.all("balance_transaction")
    currencies = sorted({"usd", *(transaction["currency"] for transaction in booked)})
    parts = {
        status: [
            {"amount": cents, "currency": code, "source_types": {"card": cents}}
            for code in currencies
            for cents in [_sum(account, code, status)]
        ]
        for status in ("available", "pending")
    }
    return {"object": "balance", "livemode": False, **parts}


def settle(account: Account, charge: Json) -> None:
    """Give a succeeded charge its balance transaction, as late as asynchronous capture does."""

    def book() -> None:
        at_once = account.methods[charge["payment_method"]].available_at_once
        charge["balance_transaction"] = move(
            account,
            charge,
            "charge",
            charge["amount"],
            fee_cents(charge["amount"]),
            available_on=account.clock.now() if at_once else None,
        )
        account.emit("charge.updated", charge, {"balance_transaction": None})

    if account.balance_delay_seconds is None:
        account.held_back.append(book)
    else:
        account.clock.later(account.balance_delay_seconds, book)


def list_transactions(account: Account, params: Json) -> Json:
    """List movements, newest first. Those of an automatic payout add up to nothing.

    Raises:
        StripeError: there is no such payout, or it is not an automatic one.
    """
    names = ("currency", "source", "type")
    equal: dict[str, Any] = {name: params[name] for name in names if name in params}
    found = account.all("balance_transaction", **equal)
    if "payout" in params:
        if not account.get("payout", params["payout"], "payout")["automatic"]:
            raise StripeError(
                "Balance transaction history can only be filtered on automatic payouts.",
                param="payout",
            )
        found = [
            each for each in found if account.payouts.taken.get(each["id"]) == params["payout"]
        ]
    return account.page("/v1/balance_transactions", found, params)


def _sum(account: Account, currency: str, status: str) -> int:
    booked = account.all("balance_transaction", currency=currency, status=status)
    return sum(transaction["net"] for transaction in booked)
