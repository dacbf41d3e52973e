"""Payments for people: set aside, cleared, grouped after the month, each told of once."""

import json
from datetime import UTC, date, datetime

import pytest

from app.platform.records import vault
from app.platform.records.vault import Owner, Record
from app.recovery.catalog.models import Category
from app.recovery.ledger import aid, sequencer, store
from app.recovery.ledger.aid import Phase, State, Transfer, tell, transfer
from app.recovery.ledger.policy import aid as policy
from app.recovery.ledger.policy import intake, leaves
from app.recovery.ledger.store import aid as payments
from tests.emulator.functions.recovery.ledger import money
from tests.emulator.functions.recovery.ledger.aid import pay, pay_many, payment
from tests.unit.recovery.ledger.audit import audit_settled

DAY = date(2027, 1, 15)
FEBRUARY = datetime(2027, 2, 1, 5, tzinfo=UTC)
APRIL = datetime(2027, 4, 1, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """Take no pause between batches."""
    monkeypatch.setattr(sequencer.time, "sleep", lambda _: None)


@pytest.fixture
def rich(backend, set_clock):
    """The backend in January, with a gift to several funds in the ledger."""
    set_clock(datetime(2027, 1, 20, tzinfo=UTC))
    gift = money.give("g", {"FOOD": 100_00, "MEDICAL": 50_00, "HOUSING": 90_00, "FLEX": 40_00})
    backend.deliver("ledger_on_movement_created", gift)
    sequence(backend)
    return backend


def sequence(backend):
    backend.tick("ledger_sequence_every_minute")
    audit_settled(*money.ledger())


def group(backend, set_clock, at):
    set_clock(at)
    backend.tick("ledger_group_disbursements")
    sequence(backend)


def moving(name, cents):
    return Transfer(id=name, source=Category.FOOD, target=Category.FLEX, amount_cents=cents)


def test_a_payment_is_set_aside_and_then_leaves_the_bank_in_private(rich):
    before = store.heads.get(store.MAIN)
    tell(payment("p1", "r1", cents=60_00), Phase.PENDING, DAY)
    sequence(rich)
    assert store.heads.get(store.MAIN).private == {
        "funds:FOOD:disbursed": 60_00,
        leaves.SET_ASIDE: -60_00,
    }

    tell(payment("p1", "r1", cents=60_00), Phase.CLEARED, DAY)
    sequence(rich)

    after = store.heads.get(store.MAIN)
    assert after.private == {"funds:FOOD:disbursed": 60_00, leaves.BANK: -60_00}
    assert (after.size, after.balances) == (before.size, before.balances)
    assert aid.state_of("p1", Phase.CLEARED) == (State.SEQUENCED, None)


def test_what_a_fund_lacks_is_refused_though_the_public_does_not_see_it(rich):
    tell(payment("p1", "r1", cents=60_00), Phase.PENDING, DAY)
    sequence(rich)
    tell(payment("p2", "r2", cents=60_00), Phase.PENDING, DAY)
    transfer(moving("t1", 60_00), DAY)
    sequence(rich)

    assert aid.state_of("p2", Phase.PENDING) == (State.REJECTED, "overdrawn")
    assert aid.state_of("t1") == (State.REJECTED, "overdrawn")

    tell(payment("p1", "r1", cents=60_00), Phase.VOID, DAY)
    sequence(rich)
    transfer(moving("t2", 60_00), DAY)
    sequence(rich)
    assert aid.state_of("t2") == (State.SEQUENCED, None)
    assert store.heads.get(store.MAIN).private == {}


def test_a_payment_is_cleared_or_void_and_waits_for_its_pending(rich):
    tell(payment("p1", "r1"), Phase.CLEARED, DAY)
    sequence(rich)
    assert aid.state_of("p1", Phase.CLEARED) == (State.HELD, None)
    tell(payment("p1", "r1"), Phase.VOID, DAY)
    tell(payment("p1", "r1"), Phase.PENDING, DAY)

    sequence(rich)

    assert aid.state_of("p1", Phase.CLEARED) == (State.SEQUENCED, None)
    assert aid.state_of("p1", Phase.VOID) == (State.REJECTED, "resolved before")


def test_what_opens_the_commitment_is_sealed_for_the_person(rich):
    pay("p1", "r1", vendor_id="shop")
    idem = policy.idem("p1", Phase.CLEARED)
    kept = store.private.get(idem)

    opened = vault.open_now(Record("r1", f"ledger_private/{idem}"), kept.sealed, by=Owner("r1"))

    record = opened["record"].encode()
    assert json.loads(record)["vendorId"] == "shop"
    shown = payments.payments.get(idem)
    assert shown.commitment == intake.commitment(bytes.fromhex(opened["salt"]), record)
    assert "shop" not in shown.model_dump_json()


def test_after_the_month_payments_for_eleven_people_are_one_public_entry(rich, set_clock):
    pay_many(11, vendor_id="shop")
    pay("m1", "r1", "MEDICAL")
    sequence(rich)
    size = store.size()

    rich.tick("ledger_group_disbursements")
    sequence(rich)
    assert store.size() == size

    group(rich, set_clock, FEBRUARY)
    group(rich, set_clock, FEBRUARY)

    (entry,) = rich.get("ledger_page", period="2027-01", category="FOOD", limit=1)["items"]
    assert (entry["kind"], entry["day"], entry["period"]) == ("DISBURSEMENT", None, "2027-01")
    assert entry["postings"] == [["assets:bank", "-1100"], ["funds:FOOD:disbursed", "1100"]]
    assert entry["group"]["recipients"] == 11
    assert [v["total"] for v in entry["group"]["vendors"]] == ["1100"]
    assert store.size() == size + 1
    head = store.heads.get(store.MAIN)
    assert head.private == {"funds:MEDICAL:disbursed": 1_00, leaves.BANK: -1_00}


def test_what_is_left_of_a_quarter_is_told_of_by_pool_and_its_key_is_forgotten(rich, set_clock):
    pay_many(6, "FOOD", "2027-01-15", vendor_id="shop")
    for number in range(6):
        pay(f"m{number}", f"s{number}", "MEDICAL", "2027-03-02")
    sequence(rich)

    group(rich, set_clock, APRIL)

    (entry,) = rich.get("ledger_page", period="2027-Q1", category="CLOTHING")["items"]
    assert (entry["period"], entry["categories"]) == ("2027-Q1", ["CLOTHING", "FOOD", "MEDICAL"])
    assert entry["postings"] == [["assets:bank", "-1200"], ["funds:ESSENTIALS:disbursed", "1200"]]
    assert entry["balances"] == {"CLOTHING": "0", "ESSENTIALS": "-1200"}
    assert payments.vendor_keys.get("2027-Q1") is None
    assert store.heads.get(store.MAIN).private == {
        "funds:ESSENTIALS:disbursed": -12_00,
        "funds:FOOD:disbursed": 6_00,
        "funds:MEDICAL:disbursed": 6_00,
    }


def test_held_payments_are_in_no_group(rich, set_clock):
    pay_many(10)
    tell(payment("p1", "somebody"), Phase.CLEARED, DAY)
    sequence(rich)

    group(rich, set_clock, FEBRUARY)

    assert payments.groupings.get(store.MAIN).through == "2027-01"
    assert payments.groups.find(limit=1) == []


def open_cases(admin):
    return sorted(
        case.id
        for case in admin.collection("payment_cases").stream()
        if case.to_dict()["state"] == "open" and not case.id.startswith("ledger-20")
    )


def reconcile(backend, set_clock, at):
    set_clock(at)
    backend.tick("ledger_reconcile_daily")


@pytest.mark.usefixtures("stripe")
def test_staff_see_what_was_held_for_seven_days(rich, admin, set_clock):
    set_clock(datetime(2027, 1, 20, tzinfo=UTC))
    tell(payment("p1", "r1"), Phase.CLEARED, DAY)
    sequence(rich)
    reconcile(rich, set_clock, datetime(2027, 1, 27, tzinfo=UTC))
    assert open_cases(admin) == []

    reconcile(rich, set_clock, datetime(2027, 1, 27, 0, 0, 1, tzinfo=UTC))
    assert open_cases(admin) == ["ledger-held-disbursement_cleared"]

    tell(payment("p1", "r1"), Phase.PENDING, DAY)
    sequence(rich)
    reconcile(rich, set_clock, datetime(2027, 1, 28, tzinfo=UTC))
    assert open_cases(admin) == []


@pytest.mark.usefixtures("stripe")
def test_the_private_books_hold_what_no_entry_tells_of_and_staff_see_if_not(rich, admin, set_clock):
    pay_many(12)
    pay("m1", "r1", "MEDICAL", cents=3_00)
    tell(payment("p1", "r1", cents=7_00), Phase.PENDING, DAY)
    sequence(rich)
    for at in (datetime(2027, 1, 21, tzinfo=UTC), FEBRUARY):
        reconcile(rich, set_clock, at)
        assert open_cases(admin) == []
    rich.tick("ledger_group_disbursements")
    reconcile(rich, set_clock, FEBRUARY)
    sequence(rich)
    reconcile(rich, set_clock, FEBRUARY)
    assert open_cases(admin) == []

    lost = policy.idem("m1", Phase.CLEARED)
    admin.document(f"ledger_payments/{lost}").delete()
    reconcile(rich, set_clock, FEBRUARY)

    assert open_cases(admin) == ["ledger-private-bank"]
    (case,) = (admin.document("payment_cases/ledger-private-bank").get().to_dict(),)
    assert (case["difference"]["expectedCents"], case["difference"]["actualCents"]) == (0, -3_00)


@pytest.mark.usefixtures("stripe")
def test_staff_see_a_fund_that_a_refund_left_with_less_than_was_promised(rich, admin, set_clock):
    tell(payment("p1", "r1", cents=60_00), Phase.PENDING, DAY)
    sequence(rich)
    rich.deliver("ledger_on_movement_created", money.give_back("g", 280_00))
    sequence(rich)

    reconcile(rich, set_clock, datetime(2027, 1, 21, tzinfo=UTC))

    assert open_cases(admin) == ["ledger-fund-food"]
