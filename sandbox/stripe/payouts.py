"""Payouts: money leaves for a bank account, by hand or, where switched on, every day.

A payout is pending for a day, then in transit, then paid. The test bank accounts in `FAILURES` and
the fault `payout_failure` let it fail.
"""

from typing import Any

from sandbox.stripe import balance, banks
from sandbox.stripe.account import Account
from sandbox.stripe.connect import state
from sandbox.stripe.endpoints import on, plain, retrieve
from sandbox.stripe.errors import StripeError
from sandbox.stripe.faults import take
from sandbox.stripe.objects import nulls
from sandbox.stripe.pages import within
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Json,
    Schema,
    currency,
    metadata,
    moments,
    natural,
    one_of,
    optional,
    required,
    text,
)

IN_TRANSIT_SECONDS = balance.DAY_SECONDS
ARRIVAL_SECONDS = 2 * balance.DAY_SECONDS

CREATE: Schema = EXPAND | {
    "amount": required(natural),
    "currency": required(currency),
    "description": optional(text),
    "metadata": optional(metadata),
    "method": optional(one_of("standard")),
    "statement_descriptor": optional(text),
}
UPDATE: Schema = EXPAND | {"metadata": optional(metadata)}
LIST: Schema = PAGE | {
    "arrival_date": optional(moments),
    "created": optional(moments),
    "status": optional(one_of("canceled", "failed", "in_transit", "paid", "pending")),
}


def create(account: Account, params: Json) -> Json:
    """Pay out an amount.

    Raises:
        StripeError: payouts are not allowed, or not so much is available.
    """
    if not state.payable(account):
        raise StripeError(
            "Payouts are not enabled for this account, or it has no bank account.",
            code="payouts_not_allowed",
        )
    balance.require(account, params["amount"], params["currency"])
    return _send(account, params)


def update(account: Account, payout: Json, params: Json) -> Json:
    """Change the metadata."""
    previous = {"metadata": payout["metadata"]}
    payout["metadata"] = payout["metadata"] | params.get("metadata", {})
    account.emit("payout.updated", payout, previous)
    return payout


def cancel(account: Account, payout: Json, params: Json) -> Json:  # noqa: ARG001  # an operation
    """Take a payout back before it is on its way.

    Raises:
        StripeError: it is on its way, or was not made by hand.
    """
    if payout["automatic"] or payout["status"] != "pending":
        raise StripeError(
            "Payouts can only be canceled while they are pending and were created by the API."
        )
    payout["status"] = "canceled"
    _give_back(account, payout, "payout_cancel")
    account.emit("payout.canceled", payout)
    return payout


def list_payouts(account: Account, params: Json) -> Json:
    """List payouts, newest first."""
    equal: dict[str, Any] = {"status": params["status"]} if "status" in params else {}
    found = account.all("payout", **equal)
    if (bounds := params.pop("arrival_date", None)) is not None:
        found = [payout for payout in found if within(payout["arrival_date"], bounds)]
    return account.page("/v1/payouts", found, params)


def schedule(platform: Account, *, automatic: bool) -> None:
    """Let every account pay out what it has, each day from tomorrow on; or end that."""
    begun, platform.payouts.automatic = platform.payouts.automatic, automatic
    if automatic and not begun:
        platform.payouts.begun += 1
        _tomorrow(platform, platform.payouts.begun)


def _tomorrow(platform: Account, days: int) -> None:
    platform.clock.later(balance.DAY_SECONDS, lambda: _daily(platform, days))


def _daily(platform: Account, days: int) -> None:
    if not platform.payouts.automatic or platform.payouts.begun != days:
        return
    for account in platform.everyone():
        if state.payable(account) and state.interval(account) == "daily":
            _pay_out_everything(account)
    _tomorrow(platform, days)


def _pay_out_everything(account: Account) -> None:
    waiting = [
        transaction
        for transaction in account.all("balance_transaction", status="available")
        if transaction["id"] not in account.payouts.taken
    ]
    for code in sorted({transaction["currency"] for transaction in waiting}):
        those = [transaction for transaction in waiting if transaction["currency"] == code]
        cents = sum(transaction["net"] for transaction in those)
        if cents <= 0:
            continue
        fields = {"amount": cents, "currency": code, "description": "STRIPE PAYOUT"}
        automatic = {"automatic": True, "reconciliation_status": "in_progress"}
        payout = _send(account, fields | automatic)
        for transaction in those:
            account.payouts.taken[transaction["id"]] = payout["id"]
        account.payouts.taken[payout["balance_transaction"]] = payout["id"]


def _send(account: Account, fields: Json) -> Json:
    at = account.clock.now()
    bank = banks.default(account)
    if bank is None:
        raise ValueError(f"no bank account: {account.id}")
    payout = account.add(_payout(account.new_id("po_"), at, bank["id"], fields))
    payout["balance_transaction"] = balance.move(
        account, payout, "payout", -payout["amount"], available_on=at
    )
    account.emit("payout.created", payout)
    account.clock.later(IN_TRANSIT_SECONDS, lambda: _depart(account, payout))
    failure = account.payouts.failures[bank["id"]]
    fault = take(account.faults, "payout_failure", account.id or "platform")
    arrives = failure is None and fault is None
    seconds = fault.seconds_or(ARRIVAL_SECONDS) if fault else ARRIVAL_SECONDS
    if arrives or seconds > ARRIVAL_SECONDS:
        account.clock.later(ARRIVAL_SECONDS, lambda: _arrive(account, payout))
    if not arrives:
        code = failure or "could_not_process"
        account.clock.later(seconds, lambda: _fail(account, payout, bank, code))
    return payout


def _depart(account: Account, payout: Json) -> None:
    if payout["status"] != "pending":
        return
    payout["status"] = "in_transit"
    account.emit("payout.updated", payout, {"status": "pending"})


def _arrive(account: Account, payout: Json) -> None:
    if payout["status"] == "canceled":
        return
    payout["status"] = "paid"
    payout["trace_id"] = {"status": "supported", "value": f"trace_{payout['id']}"}
    if payout["automatic"]:
        payout["reconciliation_status"] = "completed"
    account.emit("payout.paid", payout)
    if payout["automatic"]:
        account.emit("payout.reconciliation_completed", payout)


def _fail(account: Account, payout: Json, bank: Json, code: str) -> None:
    if payout["status"] == "canceled":
        return
    payout |= {
        "failure_code": code,
        "failure_message": "The bank could not process this payout.",
        "status": "failed",
    }
    _give_back(account, payout, "payout_failure")
    account.emit("payout.failed", payout)
    state.reject_bank_account(account, bank)


def _give_back(account: Account, payout: Json, kind: str) -> None:
    payout["failure_balance_transaction"] = balance.move(
        account, payout, kind, payout["amount"], available_on=account.clock.now()
    )


def _payout(payout_id: str, at: int, destination: str, fields: Json) -> Json:
    return {
        "id": payout_id,
        "object": "payout",
        "arrival_date": at + ARRIVAL_SECONDS,
        "automatic": False,
        "created": at,
        "destination": destination,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "not_applicable",
        "source_type": "card",
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
        **nulls(
            "application_fee application_fee_amount balance_transaction description "
            "failure_balance_transaction failure_code failure_message original_payout "
            "payout_method reversed_by statement_descriptor"
        ),
        **fields,
    }


OPERATIONS = [
    plain("POST", "/v1/payouts", CREATE, create),
    plain("GET", "/v1/payouts", LIST, list_payouts),
    retrieve("payout", "/v1/payouts/{id}"),
    on("payout", "POST", "/v1/payouts/{id}", UPDATE, update),
    on("payout", "POST", "/v1/payouts/{id}/cancel", EXPAND, cancel),
]
