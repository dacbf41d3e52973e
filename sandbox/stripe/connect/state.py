"""What a connected account may do, as it follows from what Stripe knows and still wants to know."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.stripe import banks
from sandbox.stripe.account import Account
from sandbox.stripe.balance import DAY_SECONDS
from sandbox.stripe.params import Json

AT_FIRST = [
    "business_profile.product_description",
    "business_type",
    "external_account",
    "individual.dob.day",
    "individual.dob.month",
    "individual.dob.year",
    "individual.email",
    "individual.first_name",
    "individual.last_name",
    "individual.ssn_last_4",
    "tos_acceptance.date",
    "tos_acceptance.ip",
]
"""What a new account lacks."""

DEADLINE_SECONDS = 14 * DAY_SECONDS


def of(account: Account) -> Json:
    """Return the `account` object of a connected account."""
    return account.get("account", str(account.id))


def payable(account: Account) -> bool:
    """Tell whether payouts are possible."""
    enabled = account.id is None or of(account)["payouts_enabled"]
    return bool(enabled and banks.default(account))


def interval(account: Account) -> str:
    """Return how often money is paid out: `daily` or `manual`."""
    if account.id is None:
        return "daily"
    return str(of(account)["settings"]["payouts"]["schedule"]["interval"])


@contextmanager
def changing(account: Account) -> Iterator[Json]:
    """Let the caller change a connected account, then derive the rest and tell what changed."""
    thing = of(account)
    before = copy.deepcopy(thing)
    yield thing
    derive(account, thing)
    previous = {name: before[name] for name in before if before[name] != thing[name]}
    if previous:
        account.emit("account.updated", thing, previous)


def require(account: Account, due: list[str], past: list[str]) -> None:
    """Let exactly these requirements be due, of them `past` past a deadline, the others before it.

    What is not given by the deadline is past it then, too.
    """
    deadline = account.clock.now() + DEADLINE_SECONDS if set(due) - set(past) else None
    with changing(account) as thing:
        thing["requirements"] |= {
            "current_deadline": deadline,
            "currently_due": due,
            "eventually_due": due,
            "past_due": past,
        }

    def expire() -> None:
        wanted = of(account)["requirements"]
        if wanted["current_deadline"] == deadline:
            require(account, wanted["currently_due"], wanted["currently_due"])

    if deadline is not None:
        account.clock.later(DEADLINE_SECONDS, expire)


def verify_later(account: Account) -> None:
    """Let Stripe have verified in a day what is pending."""

    def verified() -> None:
        with changing(account) as thing:
            thing["requirements"]["pending_verification"] = []

    account.clock.later(DAY_SECONDS, verified)


def reject_bank_account(account: Account, bank: Json) -> None:
    """Stop payouts to a bank account that refused one, until there is another."""
    if account.id is None or bank["status"] == "errored":
        return
    bank["status"] = "errored"
    account.emit("account.external_account.updated", bank, {"status": "new"})
    wanted = of(account)["requirements"]
    due = sorted({*wanted["currently_due"], "external_account"})
    require(account, due, wanted["past_due"])


def derive(account: Account, thing: Json) -> None:
    """Set what follows: why the account is disabled, its capabilities, charges and payouts."""
    wanted = thing["requirements"]
    reason = None
    if wanted["past_due"] or not thing["details_submitted"]:
        reason = "requirements.past_due"
    elif wanted["pending_verification"]:
        reason = "requirements.pending_verification"
    wanted["disabled_reason"] = reason
    status = "inactive" if reason else "active"
    thing["capabilities"] = dict.fromkeys(thing["capabilities"], status)
    enabled = bool(thing["capabilities"]) and not reason
    thing["charges_enabled"] = enabled
    thing["payouts_enabled"] = enabled and banks.default(account) is not None
    banks_held = account.all("bank_account", default_for_currency=True)
    thing["external_accounts"]["data"] = banks_held
