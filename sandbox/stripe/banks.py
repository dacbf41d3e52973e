"""Bank accounts that payouts go to."""

from sandbox.stripe.account import Account
from sandbox.stripe.objects import nulls
from sandbox.stripe.params import Json

ROUTING_NUMBER = "110000000"
WORKING = "000123456789"
FAILURES = {
    "000111111116": "no_account",
    "000111111113": "account_closed",
    "000222222227": "insufficient_funds",
    "000333333335": "debit_not_authorized",
    "000444444440": "invalid_currency",
}
"""How payouts to Stripe's test account numbers fail."""


def open_bank_account(account: Account, number: str = WORKING) -> Json:
    """Make `number` the bank account of a Stripe account."""
    for former in account.all("bank_account"):
        former["default_for_currency"] = False
    bank_id = account.new_id("ba_")
    bank = account.add(
        {
            "id": bank_id,
            "object": "bank_account",
            "account": account.id,
            "available_payout_methods": ["standard"],
            "bank_name": "STRIPE TEST BANK",
            "country": "US",
            "currency": "usd",
            "default_for_currency": True,
            "fingerprint": f"sandbox{number[-4:]}",
            "future_requirements": _nothing_due(),
            "last4": number[-4:],
            "metadata": {},
            "requirements": _nothing_due(),
            "routing_number": ROUTING_NUMBER,
            "status": "new",
            **nulls("account_holder_name account_holder_type account_type"),
        }
    )
    account.payouts.failures[bank_id] = FAILURES.get(number)
    return bank


def default(account: Account) -> Json | None:
    """Return the bank account to which payouts go. The platform always has one."""
    found = account.all("bank_account", default_for_currency=True)
    if not found and account.id is None:
        return open_bank_account(account)
    return found[0] if found and found[0]["status"] != "errored" else None


def _nothing_due() -> Json:
    return {"currently_due": [], "errors": [], "past_due": [], "pending_verification": []}
