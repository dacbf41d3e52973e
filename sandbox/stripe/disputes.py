"""Disputes: a cardholder's bank takes a charge back, or asks about it first.

What decides is the text of the evidence, as in Stripe's test mode: `winning_evidence`,
`losing_evidence`, and for an inquiry `escalate_inquiry_evidence`. Any other text leaves the bank
silent; what is undecided when the evidence is due is lost, an inquiry is closed. Stripe keeps the
fee of a dispute that is won.
"""

from typing import Any

from sandbox.stripe import balance, evidence
from sandbox.stripe.account import Account
from sandbox.stripe.endpoints import on, plain, retrieve
from sandbox.stripe.errors import StripeError
from sandbox.stripe.params import (
    EXPAND,
    PAGE,
    Json,
    Schema,
    boolean,
    metadata,
    moments,
    optional,
    record,
    text,
)

FEE_CENTS = 1500
OPENS_SECONDS = 0.3
DECIDED_SECONDS = 0.3
DUE_SECONDS = 9 * balance.DAY_SECONDS
NETWORK_REASONS = {"fraudulent": "10.4", "product_not_received": "13.1"}
"""Visa's reason codes."""

UPDATE: Schema = EXPAND | {
    "evidence": optional(record(evidence.SCHEMA)),
    "metadata": optional(metadata),
    "submit": optional(boolean),
}
LIST: Schema = PAGE | {
    "charge": optional(text),
    "created": optional(moments),
    "payment_intent": optional(text),
}


def open_later(account: Account, charge: Json) -> None:
    """Dispute a charge soon if its card is one that does."""
    if account.methods[charge["payment_method"]].dispute:
        account.clock.later(OPENS_SECONDS, lambda: _open(account, charge))


def update(account: Account, dispute: Json, params: Json) -> Json:
    """Add evidence and, unless told otherwise, submit it, which is possible once.

    Raises:
        StripeError: there is nothing to respond to any more.
    """
    details = dispute["evidence_details"]
    given = params.get("evidence", {})
    if given and not dispute["status"].endswith("needs_response"):
        raise StripeError(
            f"This dispute has a status of {dispute['status']} and takes no more evidence."
        )
    previous = {"metadata": dispute["metadata"], "evidence": dict(dispute["evidence"])}
    dispute["metadata"] = dispute["metadata"] | params.get("metadata", {})
    dispute["evidence"] |= given
    details["has_evidence"] = details["has_evidence"] or bool(given)
    if params.get("submit", bool(given)) and dispute["status"].endswith("needs_response"):
        previous["status"] = dispute["status"]
        details |= {"submission_count": 1, "submission_method": "manual"}
        dispute["status"] = dispute["status"].replace("needs_response", "under_review")
        account.clock.later(DECIDED_SECONDS, lambda: _decide(account, dispute))
    account.emit("charge.dispute.updated", dispute, previous)
    return dispute


def close(account: Account, dispute: Json, params: Json) -> Json:  # noqa: ARG001  # an operation
    """Accept a dispute: it is lost.

    Raises:
        StripeError: there is nothing to respond to any more.
    """
    if not dispute["status"].endswith("needs_response"):
        raise StripeError(f"This dispute has a status of {dispute['status']}; it cannot be closed.")
    _end(account, dispute, "warning_closed" if _is_inquiry(dispute) else "lost")
    return dispute


def list_disputes(account: Account, params: Json) -> Json:
    """List disputes, newest first."""
    names = ("charge", "payment_intent")
    equal: dict[str, Any] = {name: params[name] for name in names if name in params}
    return account.page("/v1/disputes", account.all("dispute", **equal), params)


def refuse_refund(account: Account, charge: Json) -> None:
    """Refuse to refund what a bank has taken back.

    Raises:
        StripeError: `charge_disputed`.
    """
    found = account.all("dispute", charge=charge["id"])
    if any(not dispute["is_charge_refundable"] for dispute in found):
        raise StripeError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )


def follow_refund(account: Account, charge: Json) -> None:
    """Close an inquiry about a charge of which nothing is left."""
    for dispute in account.all("dispute", charge=charge["id"]):
        open_still = dispute["status"] in ("warning_needs_response", "warning_under_review")
        if charge["refunded"] and open_still:
            _end(account, dispute, "warning_closed")


def _open(account: Account, charge: Json) -> None:
    amount = charge["amount"] - charge["amount_refunded"]
    if not amount:
        return
    method = account.methods[charge["payment_method"]]
    dispute = account.add(
        _dispute(account.new_id("dp_"), account.clock.now(), charge, amount, method.dispute)
    )
    charge["disputed"] = True
    if method.inquiry:
        _become_inquiry(dispute)
    else:
        _withdraw(account, dispute)
    account.emit("charge.dispute.created", dispute)
    if not method.inquiry:
        account.emit("charge.dispute.funds_withdrawn", dispute)
    account.clock.later(DUE_SECONDS, lambda: _time_out(account, dispute))


def _decide(account: Account, dispute: Json) -> None:
    if not dispute["status"].endswith("under_review"):
        return
    verdict = dispute["evidence"]["uncategorized_text"]
    if _is_inquiry(dispute):
        if verdict == "escalate_inquiry_evidence":
            _escalate(account, dispute)
        elif verdict in ("winning_evidence", "losing_evidence"):
            _end(account, dispute, "warning_closed")
    elif verdict == "winning_evidence":
        _move(account, dispute, dispute["amount"], 0, "dispute_reversal")
        dispute["is_charge_refundable"] = True
        account.emit("charge.dispute.funds_reinstated", dispute)
        _end(account, dispute, "won")
    elif verdict == "losing_evidence":
        _end(account, dispute, "lost")


def _time_out(account: Account, dispute: Json) -> None:
    due = dispute["evidence_details"]["due_by"] <= account.clock.now()
    if due and dispute["status"].endswith(("needs_response", "under_review")):
        _end(account, dispute, "warning_closed" if _is_inquiry(dispute) else "lost")


def _escalate(account: Account, dispute: Json) -> None:
    """Let an inquiry become a dispute, to which one can respond once more."""
    previous = dispute["status"]
    dispute |= {"is_charge_refundable": False, "status": "needs_response"}
    dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
    dispute["evidence_details"] = evidence.details(account.clock.now() + DUE_SECONDS)
    _withdraw(account, dispute)
    account.emit("charge.dispute.updated", dispute, {"status": previous})
    account.emit("charge.dispute.funds_withdrawn", dispute)
    account.clock.later(DUE_SECONDS, lambda: _time_out(account, dispute))


def _end(account: Account, dispute: Json, status: str) -> None:
    dispute["status"] = status
    account.emit("charge.dispute.closed", dispute)


def _is_inquiry(dispute: Json) -> bool:
    return str(dispute["status"]).startswith("warning_")


def _withdraw(account: Account, dispute: Json) -> None:
    _move(account, dispute, -dispute["amount"], FEE_CENTS, "dispute")


def _move(account: Account, dispute: Json, amount: int, fee: int, category: str) -> None:
    charge = account.get("charge", dispute["charge"])
    when = balance.available_with(account, charge["balance_transaction"])
    booked = balance.move(
        account, dispute, "adjustment", amount, fee, available_on=when, category=category
    )
    dispute["balance_transactions"].append(account.get("balance_transaction", booked))


def _become_inquiry(dispute: Json) -> None:
    dispute |= {"is_charge_refundable": True, "status": "warning_needs_response"}
    dispute["payment_method_details"]["card"]["case_type"] = "inquiry"


def _dispute(dispute_id: str, at: int, charge: Json, amount: int, reason: str) -> Json:
    code = NETWORK_REASONS[reason]
    card = {"brand": "visa", "network": "visa", "case_type": "chargeback"}
    return {
        "id": dispute_id,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": at,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": evidence.none(),
        "evidence_details": evidence.details(at + DUE_SECONDS),
        "intended_submission_method": None,
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "network_reason_code": code,
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"type": "card", "card": {**card, "network_reason_code": code}},
        "reason": reason,
        "status": "needs_response",
    }


OPERATIONS = [
    plain("GET", "/v1/disputes", LIST, list_disputes),
    retrieve("dispute", "/v1/disputes/{id}"),
    on("dispute", "POST", "/v1/disputes/{id}", UPDATE, update),
    on("dispute", "POST", "/v1/disputes/{id}/close", EXPAND, close),
]
