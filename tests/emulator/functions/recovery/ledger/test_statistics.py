"""`ledger_statistics`: sums of the public ledger, of nobody alone, at the same cost at any size."""

from datetime import UTC, date, datetime

import pytest

from app.kit import firestore
from app.recovery.catalog.models import Category
from app.recovery.ledger import sequencer, store
from app.recovery.ledger.aid import Transfer, transfer
from app.recovery.ledger.policy import accounts
from tests.emulator.functions.recovery.ledger import money
from tests.emulator.functions.recovery.ledger.aid import pay, pay_many
from tests.emulator.functions.recovery.ledger.wire import READ, counted
from tests.support.errors import CallError


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """Take no pause between batches."""
    monkeypatch.setattr(sequencer.time, "sleep", lambda _: None)


@pytest.fixture
def lived(backend, set_clock):
    """A year with gifts, a refund, a transfer, a group of a month and one of a quarter."""
    set_clock(datetime(2027, 1, 20, tzinfo=UTC))
    old = datetime(2026, 12, 30, tzinfo=UTC)
    gifts = [money.give("g0", {"HOUSING": 10_00}, at=old)]
    gifts += [money.give("g1", {"FOOD": 50_00, "TECH": 30_00}), money.give_back("g1", 8_00)]
    for movement_id in gifts:
        backend.deliver("ledger_on_movement_created", movement_id)
    backend.tick("ledger_sequence_every_minute")
    moved = Transfer(id="t1", source=Category.TECH, target=Category.MEDICAL, amount_cents=10_00)
    transfer(moved, date(2027, 1, 21))
    backend.tick("ledger_sequence_every_minute")
    pay_many(12, "FOOD")
    for number in range(6):
        pay(f"m{number}", f"s{number}", "MEDICAL", "2027-02-02")
        pay(f"f{number}", f"t{number}", "FOOD", "2027-03-02")
    backend.tick("ledger_sequence_every_minute")
    set_clock(datetime(2027, 4, 2, tzinfo=UTC))
    backend.tick("ledger_group_disbursements")
    backend.tick("ledger_sequence_every_minute")
    return backend


def cells(view):
    """Return what is not zero by period and fund."""
    return {
        (period["period"], fund.pop("fund")): {name: n for name, n in fund.items() if n}
        for period in view["periods"]
        for fund in period["funds"]
    }


def stored(admin):
    """Return the statistics without what only counts the writes to them."""
    return {
        seen.id: {k: v for k, v in seen.to_dict().items() if k not in {"revision", "writeId"}}
        for seen in admin.collection("ledger_statistics").stream()
    }


def test_without_data_there_are_no_figures(backend):
    assert backend.get("ledger_statistics") == {"periods": [], "statement": None}
    assert backend.get("ledger_statistics", year="2027") == {"periods": [], "statement": None}


def test_the_months_and_quarters_of_a_year(lived):
    view = lived.get("ledger_statistics", year="2027")

    assert [period["period"] for period in view["periods"]] == ["2027-01", "2027-Q1"]
    assert cells(view) == {
        ("2027-01", "FOOD"): {
            "gifts": 1,
            "grossCents": 50_00,
            "feeCents": 19,
            "refundedCents": 5_00,
            "disbursedCents": 12_00,
            "recipients": 12,
            "balanceCents": 32_81,
        },
        ("2027-01", "TECH"): {
            "gifts": 1,
            "grossCents": 30_00,
            "feeCents": 11,
            "refundedCents": 3_00,
            "transferredCents": -10_00,
            "balanceCents": 16_89,
        },
        ("2027-01", "MEDICAL"): {"transferredCents": 10_00, "balanceCents": 10_00},
        ("2027-Q1", "ESSENTIALS"): {
            "disbursedCents": 12_00,
            "recipients": 12,
            "balanceCents": -12_00,
        },
    }
    assert view["statement"] == {"month": "2027-03", "differenceCents": 12_00}


def test_the_years_end_with_the_balances_of_the_ledger(lived):
    view = lived.get("ledger_statistics")

    assert [period["period"] for period in view["periods"]] == ["2026", "2027"]
    balances = {fund: cell.get("balanceCents", 0) for (_, fund), cell in cells(view).items()}
    head = store.heads.get(store.MAIN)
    assert balances == {fund: accounts.fund(head.balances, fund) for fund in balances}
    assert balances["HOUSING"] == 9_70


def test_they_cost_one_read(lived):
    with counted() as calls:
        lived.get("ledger_statistics", year="2027")

    assert calls == {READ: 1}


@pytest.mark.parametrize("lost", [(), ("ALL",), ("2027",), ("2026", "2027", "ALL")])
def test_they_can_be_rebuilt_from_the_batches(lived, admin, lost):
    before = stored(admin)
    for name in lost:
        admin.document(f"ledger_statistics/{name}").delete()
    (seen,) = firestore.read(store.progresses.key(store.MAIN))
    again = seen.value.model_copy(update={"swept": 0})
    firestore.commit(store.progresses.replace(seen, again))

    lived.tick("ledger_sequence_every_minute")

    assert stored(admin) == before


@pytest.mark.parametrize(("field", "value"), [("year", "27"), ("year", "2027-01"), ("fund", "X")])
def test_a_bad_parameter_is_named(backend, field, value):
    with pytest.raises(CallError) as refusal:
        backend.get("ledger_statistics", **{field: value})

    assert (refusal.value.http_status, refusal.value.fields) == (400, [field])


def test_caches_keep_them_for_a_minute(backend):
    answer = backend.request("ledger_statistics", method="GET")

    assert answer.headers["Cache-Control"] == "public, max-age=60"
