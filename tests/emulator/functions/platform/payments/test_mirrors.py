"""What the worker writes of each kind of object at Stripe, fetched over the wire."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from app.platform.payments.models.documents import (
    ConnectedAccount,
    Invoice,
    Movement,
    Payment,
    Payout,
    Subscription,
    Transfer,
)
from tests.support.giving import WORKER
from tests.support.patience import SOON_SECONDS

DAY_SECONDS = 24 * 60 * 60


def reference(kind, thing="thing-1"):
    return {"metadata[referenceKind]": kind, "metadata[referenceId]": thing}


def documents(admin, name, document_type):
    return {
        document.id: document_type.model_validate(document.to_dict())
        for document in admin.collection(name).stream()
    }


def movements(admin):
    return {
        movement_id: (movement.kind, movement.gross_cents, movement.fee_cents, movement.net_cents)
        for movement_id, movement in documents(admin, "payment_movements", Movement).items()
    }


def assert_nothing_waits(admin):
    states = [e.to_dict()["state"] for e in admin.collection("payment_events").stream()]
    assert set(states) <= {"handled", "ignored"}


@pytest.fixture
def assert_the_balance_agrees(backend, admin, set_clock):
    """Reconcile the balance some days later, which must find no difference."""

    def check(days):
        set_clock(datetime.now(UTC) + timedelta(days=days, hours=2))
        backend.tick("payments_reconcile_balance")
        found = [case.to_dict() for case in admin.collection("payment_cases").stream()]
        assert found == []

    return check


@pytest.fixture
def days(giving):
    """Let days pass at Stripe."""
    return lambda number: giving.sandbox("clock", advanceSeconds=number * DAY_SECONDS)


def subscribe(giving, kind="membership", method="pm_card_visa"):
    """Start a monthly subscription of $39 and return it."""
    product = giving.api("POST", "/v1/products", name="Premium")
    price = giving.api(
        "POST",
        "/v1/prices",
        product=product["id"],
        currency="usd",
        unit_amount=3_900,
        lookup_key="premium_monthly_usd",
        **{"recurring[interval]": "month"},
    )
    customer = giving.api("POST", "/v1/customers")
    card = giving.api("POST", f"/v1/payment_methods/{method}/attach", customer=customer["id"])
    return giving.api(
        "POST",
        "/v1/subscriptions",
        customer=customer["id"],
        default_payment_method=card["id"],
        **{"items[0][price]": price["id"]},
        **reference(kind),
    )


def test_a_subscription_its_invoices_and_their_payments(giving, admin, days):
    subscription = subscribe(giving)
    days(32)
    giving.deliver_all()

    ((subscription_id, mirror),) = documents(admin, "stripe_subscriptions", Subscription).items()
    assert subscription_id == subscription["id"]
    assert (mirror.state, mirror.lookup_key, mirror.unit_amount_cents, mirror.quantity) == (
        "active",
        "premium_monthly_usd",
        3_900,
        1,
    )
    assert mirror.reference.model_dump() == {"kind": "membership", "id": "thing-1"}
    assert mirror.period_start <= datetime.now(UTC) + timedelta(days=32) < mirror.period_end
    invoices = documents(admin, "stripe_invoices", Invoice)
    assert {i.state for i in invoices.values()} == {"paid"}
    assert [i.paid_cents for i in invoices.values()] == [3_900, 3_900]
    assert mirror.latest_invoice_id in invoices
    payments = documents(admin, "payments", Payment)
    assert [(p.state, p.reference.kind, p.captured_cents) for p in payments.values()] == [
        ("succeeded", "membership", 3_900)
    ] * 2
    assert movements(admin) == dict.fromkeys(payments, ("captured", 3_900, 143, 3_757))
    assert_nothing_waits(admin)


def test_a_subscription_that_fails_and_ends(giving, admin, days):
    subscription = subscribe(giving)
    bad = giving.api(
        "POST",
        "/v1/payment_methods/pm_card_chargeCustomerFail/attach",
        customer=subscription["customer"],
    )
    path = f"/v1/subscriptions/{subscription['id']}"
    giving.api("POST", path, default_payment_method=bad["id"])
    days(32)
    giving.deliver_all()
    (mirror,) = documents(admin, "stripe_subscriptions", Subscription).values()
    assert mirror.state == "past_due"
    latest = documents(admin, "stripe_invoices", Invoice)[mirror.latest_invoice_id]
    assert (latest.state, latest.due_cents, latest.paid_cents) == ("open", 3_900, 0)
    assert latest.next_attempt_at is not None

    giving.api("DELETE", path)
    giving.deliver_all()
    (mirror,) = documents(admin, "stripe_subscriptions", Subscription).values()
    assert (mirror.state, mirror.ended_at is not None) == ("canceled", True)


@pytest.mark.parametrize(("words", "won"), [("winning_evidence", True), ("losing_evidence", False)])
def test_a_dispute_through_its_life(giving, admin, days, words, won):
    giving.sandbox("balance", delaySeconds=0)
    checkout = giving.checkout()
    assert giving.pay(checkout, "pm_card_createDispute") == 303
    giving.sandbox("clock", advanceSeconds=2)
    giving.deliver_all()
    intent_id = giving.intent_id()
    dispute_id = giving.api("GET", "/v1/disputes")["data"][0]["id"]

    (payment,) = documents(admin, "payments", Payment).values()
    assert (payment.state, payment.disputed_cents) == ("disputed", 25_000)
    taken = {
        intent_id: ("captured", 25_000, 755, 24_245),
        f"{dispute_id}_opened": ("dispute_opened", 25_000, 1_500, -26_500),
    }
    assert movements(admin) == taken

    fields = {"evidence[uncategorized_text]": words}
    giving.api("POST", f"/v1/disputes/{dispute_id}", **fields)
    days(1)
    giving.deliver_all()

    (payment,) = documents(admin, "payments", Payment).values()
    if won:
        assert (payment.state, payment.disputed_cents) == ("succeeded", 0)
        end = {f"{dispute_id}_won": ("dispute_won", 25_000, 0, 25_000)}
    else:
        assert (payment.state, payment.disputed_cents) == ("charged_back", 25_000)
        end = {f"{dispute_id}_lost": ("dispute_lost", 25_000, 0, 0)}
    assert movements(admin) == taken | end
    assert_nothing_waits(admin)


def connect(giving):
    """Open a vendor's account that can receive transfers, and return its id."""
    account = giving.api(
        "POST",
        "/v1/accounts",
        type="express",
        country="US",
        **{"capabilities[transfers][requested]": "true"},
        **reference("payee"),
    )
    link = giving.api(
        "POST",
        "/v1/account_links",
        account=account["id"],
        type="account_onboarding",
        refresh_url="http://127.0.0.1/again",
        return_url="http://127.0.0.1/done",
    )
    page = requests.get(link["url"], timeout=SOON_SECONDS)
    form = {"action": "complete", "outcome": "verified", "bank_account": "000123456789"}
    requests.post(
        page.url, data=form, allow_redirects=False, timeout=SOON_SECONDS
    ).raise_for_status()
    return account["id"]


def look(giving, admin, root_id, account="platform"):
    """Let the worker look at an object as an event about it makes it."""
    now = datetime.now(UTC)
    event_id = f"{account}_evt_{root_id}"
    admin.document(f"payment_events/{event_id}").set(
        {
            "account": account,
            "type": "any",
            "livemode": False,
            "apiVersion": None,
            "objectId": root_id,
            "rootId": root_id,
            "receivedAt": now,
            "dueAt": now,
            "state": "received",
        }
    )
    giving.backend.task(WORKER, {"eventId": event_id})
    assert_nothing_waits(admin)


def test_a_connected_account_a_transfer_and_what_is_taken_back(
    giving, admin, days, assert_the_balance_agrees
):
    giving.give()
    days(8)
    account_id = connect(giving)
    transfer = giving.api(
        "POST",
        "/v1/transfers",
        amount=5_000,
        currency="usd",
        destination=account_id,
        **reference("transfer"),
    )
    reversal = giving.api("POST", f"/v1/transfers/{transfer['id']}/reversals", amount=2_000)
    giving.deliver_all()
    look(giving, admin, account_id, account_id)

    (mirror,) = documents(admin, "stripe_transfers", Transfer).values()
    assert (mirror.destination, mirror.amount_cents, mirror.reversed_cents) == (
        account_id,
        5_000,
        2_000,
    )
    moved = movements(admin)
    assert moved[transfer["id"]] == ("transferred", 5_000, 0, -5_000)
    assert moved[reversal["id"]] == ("transfer_reversed", 2_000, 0, 2_000)
    (account,) = documents(admin, "stripe_accounts", ConnectedAccount).values()
    assert (account.transfers_active, account.payouts_enabled, account.due) == (True, True, ())
    assert account.reference.kind == "payee"
    assert_the_balance_agrees(8)


def test_a_payout_and_each_kind_s_share_in_it(giving, admin, days, assert_the_balance_agrees):
    _, intent_id = giving.give()
    subscribe(giving)
    giving.sandbox("balance", delaySeconds=0)
    giving.sandbox("release")
    giving.refund(intent_id, 1_000)
    giving.deliver_all()
    giving.sandbox("payouts", automatic=True)
    days(10)
    giving.deliver_all()

    (payout,) = documents(admin, "stripe_payouts", Payout).values()
    assert (payout.state, payout.automatic, payout.account) == ("paid", True, "platform")
    found = documents(admin, "payment_movements", Movement)
    (paid_out,) = (m for m in found.values() if m.kind == "paid_out")
    assert paid_out.shares == {"donation": 24_245 - 1_000, "membership": 3_757}
    assert (paid_out.net_cents, paid_out.reference) == (-27_002, None)
    assert sum(m.net_cents for m in found.values()) == 0
    assert_nothing_waits(admin)
    assert_the_balance_agrees(10)
