"""The books against Stripe's: to the cent, though every webhook and trigger was lost for days."""

from datetime import UTC, datetime, timedelta

import pytest

from app.platform.payments.models.documents import Movement
from app.recovery.ledger import store
from app.recovery.ledger.policy import leaves
from tests.support.giving import Giving

DAY_SECONDS = 24 * 60 * 60


@pytest.fixture
def giving(backend, stripe):
    """A donor, Stripe and the platform."""
    return Giving(backend, stripe)


def live(giving: Giving) -> None:
    """Let three days pass at Stripe: gifts, refunds, disputes won and lost, one payout a day."""
    giving.sandbox("payouts", automatic=True)
    methods = ["pm_card_visa", "pm_card_createDispute", "pm_card_bypassPending"]
    for number, method in enumerate(methods):
        giving.sandbox("balance", delaySeconds=0)
        assert giving.pay(giving.checkout(uid=f"donor-{number}"), method) == 303
        assert giving.pay(giving.checkout(uid="donor", coverFee=True)) == 303
        giving.sandbox("clock", advanceSeconds=2)
        giving.refund(giving.intent_id(), 1_001)
        giving.sandbox("clock", advanceSeconds=DAY_SECONDS)
    (dispute,) = giving.api("GET", "/v1/disputes")["data"]
    fields = {"evidence[uncategorized_text]": "losing_evidence"}
    giving.api("POST", f"/v1/disputes/{dispute['id']}", **fields)
    giving.sandbox("clock", advanceSeconds=DAY_SECONDS)


def reconcile(giving: Giving, set_clock, at: datetime) -> None:
    """Run what finds lost events and lost triggers, and then what compares the books."""
    backend = giving.backend
    set_clock(at)
    backend.tick("payments_reconcile_events")
    backend.run_tasks()
    giving.tell()
    for minutes in (3, 6, 20):  # what follows from something else is tried again later
        set_clock(at + timedelta(minutes=minutes))
        backend.tick("payments_sweep_events")
        backend.run_tasks()
        backend.tick("ledger_sequence_every_minute")
        backend.run_tasks()
    backend.tick("payments_reconcile_balance")
    backend.tick("ledger_reconcile_daily")


def stored(admin) -> dict[str, object]:
    """Return every document of the books, without what only counts looks at them."""
    names = ("payments", "payment_movements", "ledger_queue", "ledger_entries", "payment_cases")
    return {
        document.reference.path: document.to_dict()
        for name in names
        for document in admin.collection(name).stream()
    }


def open_cases(admin) -> list[str]:
    return [
        case.id
        for case in admin.collection("payment_cases").stream()
        if case.to_dict()["state"] == "open"
    ]


def test_after_three_days_of_lost_webhooks_one_reconciliation_sets_the_books_right(
    giving, admin, set_clock
):
    live(giving)
    later = datetime.now(UTC) + timedelta(days=4, hours=3)
    assert stored(admin) == {}

    reconcile(giving, set_clock, later)

    assert open_cases(admin) == []
    moved = [
        Movement.model_validate(m.to_dict()) for m in admin.collection("payment_movements").stream()
    ]
    transactions = giving.api("GET", "/v1/balance_transactions?limit=100")["data"]
    assert sum(m.net_cents for m in moved) == sum(t["net"] for t in transactions)
    head = store.heads.get(store.MAIN)
    assert head is not None
    balance = giving.api("GET", "/v1/balance")
    at_stripe = sum(part["amount"] for part in balance["available"] + balance["pending"])
    assert head.balances.get(leaves.CLEARING, 0) == at_stripe
    paid_out = sum(p["amount"] for p in giving.api("GET", "/v1/payouts?limit=100")["data"])
    assert head.balances[leaves.BANK] == paid_out > 0

    before = stored(admin)
    reconcile(giving, set_clock, later + timedelta(hours=1))
    assert stored(admin) == before


def test_an_entry_that_says_another_sum_than_stripe_opens_a_case_that_closes_by_itself(
    giving, admin, set_clock
):
    giving.give()
    reconcile(giving, set_clock, datetime.now(UTC) + timedelta(days=1, hours=3))
    assert open_cases(admin) == []
    ((path, entry),) = ((p, e) for p, e in stored(admin).items() if "ledger_entries" in p)
    wrong = {account: str(2 * int(amount)) for account, amount in entry["postings"].items()}
    admin.document(path).update({"postings": wrong})

    giving.backend.tick("ledger_reconcile_daily")
    assert open_cases(admin) == [f"ledger-{entry['day']}"]
    (case,) = (c.to_dict() for c in admin.collection("payment_cases").stream())
    assert case["difference"]["expectedCents"] == 2 * case["difference"]["actualCents"]

    admin.document(path).update({"postings": entry["postings"]})
    giving.backend.tick("ledger_reconcile_daily")
    assert open_cases(admin) == []


def test_a_gift_that_never_reached_the_ledger_opens_a_case(giving, admin, set_clock):
    giving.give()
    giving.deliver_all()
    set_clock(datetime.now(UTC) + timedelta(days=1, hours=3))

    giving.backend.tick("ledger_reconcile_daily")

    (case,) = (c.to_dict() for c in admin.collection("payment_cases").stream())
    assert (case["state"], case["difference"]["kind"]) == ("open", "ledger")
    assert case["difference"]["expectedCents"] == 0
    assert case["difference"]["actualCents"] == 25_000 - 755
