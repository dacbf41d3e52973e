"""`payments_reconcile_balance`: the movements tell what Stripe's balance tells, or staff know."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.platform.payments.models.cases import Case
from app.platform.payments.store import truth
from tests.support.errors import CallError
from tests.support.tokens import staff

RECONCILE = "payments_reconcile_balance"


@pytest.fixture
def later(set_clock):
    """Let hours pass here."""

    def later(hours):
        set_clock(datetime.now(UTC) + timedelta(hours=hours))

    return later


@pytest.fixture
def given(giving, later):
    """A gift with a refund, told by every event, a while ago; return both ids."""
    _, intent_id = giving.give()
    refund = giving.refund(intent_id, 1_000)
    giving.deliver_all()
    later(1.5)
    return intent_id, refund["id"]


def cases(admin):
    return {
        document.id: Case.model_validate(document.to_dict())
        for document in admin.collection("payment_cases").stream()
    }


def told(case):
    difference = case.difference
    return difference.kind, difference.expected_cents, difference.actual_cents


def finance(backend, name, **data):
    return backend.call(name, data, uid="fin", **staff("finance"))


def close(backend, case_id, **data):
    data = {"idempotencyKey": str(uuid4()), "reason": "not_ours", **data}
    return finance(backend, "payments_close_case", caseId=case_id, **data)


def test_what_agrees_opens_no_case(given, backend, admin):
    backend.tick(RECONCILE)

    assert cases(admin) == {}
    assert admin.document("payment_reconciliations/balance").get().exists


@pytest.mark.parametrize("fraction", [0, 0.5])
def test_a_window_that_ends_within_the_second_of_a_movement_splits_nothing(
    given, backend, admin, set_clock, fraction
):
    intent_id, _ = given
    booked_at = truth.movements.get(intent_id).occurred_at
    # The first of all windows begins KEPT and OVERLAP before what is settled; each takes 6 hours.
    set_clock(booked_at + timedelta(hours=2, seconds=fraction))

    backend.tick(RECONCILE)

    assert cases(admin) == {}


def test_money_that_no_movement_tells_of_is_a_case_that_closes_by_itself(
    giving, backend, admin, later
):
    _, intent_id = giving.give()
    later(1.5)
    backend.tick(RECONCILE)
    ((case_id, case),) = cases(admin).items()
    assert (case_id, case.state) == (intent_id, "open")
    # 2.9 % of $250 and 30 cents
    assert told(case) == ("missing", 0, 24_245)

    later(10)
    backend.tick(RECONCILE)  # from now on no window reaches back to it
    later(0)
    giving.deliver_all()
    later(24 * 5)
    backend.tick(RECONCILE)

    (case,) = cases(admin).values()
    assert (case.state, case.closed_by) == ("closed", "")


def test_what_is_younger_than_an_hour_is_left_alone(giving, backend, admin):
    giving.give()

    backend.tick(RECONCILE)

    assert cases(admin) == {}


def test_a_movement_of_another_amount_is_a_case(given, backend, admin):
    _, refund_id = given
    admin.document(f"payment_movements/{refund_id}").update({"netCents": -999})

    backend.tick(RECONCILE)

    ((case_id, case),) = cases(admin).items()
    assert (case_id, *told(case)) == (refund_id, "differs", -999, -1_000)


def test_a_movement_that_the_balance_does_not_know_is_a_case(given, backend, admin, monkeypatch):
    monkeypatch.setattr(truth, "PAGE", 1)  # so that it stands on a last page
    intent_id, _ = given
    movement = admin.document(f"payment_movements/{intent_id}").get().to_dict()
    movement["occurredAt"] += timedelta(minutes=1)
    admin.document("payment_movements/pi_never").set(movement | {"objectId": "pi_never"})

    backend.tick(RECONCILE)

    ((case_id, case),) = cases(admin).items()
    assert (case_id, *told(case)) == ("pi_never", "unbooked", 24_245, 0)


def test_of_several_pages_each_is_compared(giving, backend, admin, later):
    _, intent_id = giving.give()
    (event,) = giving.events("charge.updated")
    for _ in range(230):
        giving.refund(intent_id, 10)
    giving.deliver(event)
    backend.run_tasks()
    later(1.5)
    backend.tick(RECONCILE)
    assert cases(admin) == {}

    moved = sorted(d.id for d in admin.collection("payment_movements").stream())
    for movement_id in moved[::2]:
        admin.document(f"payment_movements/{movement_id}").delete()
    backend.tick(RECONCILE)
    assert cases(admin).keys() == set(moved[::2])


def test_twice_in_a_row_changes_nothing(giving, backend, admin, later):
    giving.give()
    later(1.5)
    backend.tick(RECONCILE)
    before = {d.id: d.update_time for d in admin.collection("payment_cases").stream()}

    backend.tick(RECONCILE)

    assert {d.id: d.update_time for d in admin.collection("payment_cases").stream()} == before


def test_a_refund_that_is_on_its_way_is_no_difference(giving, backend, admin, later):
    checkout = giving.checkout()
    giving.sandbox("balance", delaySeconds=0)
    assert giving.pay(checkout, "pm_card_pendingRefund") == 303
    giving.refund(giving.intent_id(), 1_000)
    giving.deliver_all()
    later(1.5)

    backend.tick(RECONCILE)

    assert cases(admin) == {}


def test_staff_see_and_close_a_case_and_are_not_told_of_it_again(giving, backend, admin, later):
    _, intent_id = giving.give()
    later(1.5)
    backend.tick(RECONCILE)
    (item,) = finance(backend, "payments_list_cases")["items"]
    assert (item["caseId"], item["kind"], item["actualCents"]) == (intent_id, "missing", 24_245)

    assert close(backend, intent_id)["state"] == "closed"
    backend.tick(RECONCILE)
    assert finance(backend, "payments_list_cases")["items"] == []
    (closed,) = finance(backend, "payments_list_cases", state="closed")["items"]
    assert (closed["caseId"], closed["reason"]) == (intent_id, "not_ours")
    assert cases(admin)[intent_id].closed_by == "fin"
    (entry,) = admin.collection("audit_entries").stream()
    assert entry.get("action") == "close_case"
    assert entry.get("touched")[0]["path"] == f"payment_cases/{intent_id}"

    with pytest.raises(CallError) as refusal:
        close(backend, intent_id)
    assert refusal.value.status == "FAILED_PRECONDITION"


def test_a_closed_case_opens_again_where_the_difference_changes(given, backend, admin):
    _, refund_id = given
    admin.document(f"payment_movements/{refund_id}").update({"netCents": -999})
    backend.tick(RECONCILE)
    close(backend, refund_id)

    admin.document(f"payment_movements/{refund_id}").update({"netCents": -998})
    backend.tick(RECONCILE)

    assert (cases(admin)[refund_id].state, *told(cases(admin)[refund_id])) == (
        "open",
        *("differs", -998, -1_000),
    )


@pytest.mark.parametrize("role", ["support", "reviewer", "donor"])
def test_cases_are_for_finance_and_admins(backend, role):
    for name, data in (("payments_list_cases", {}), ("payments_list_events", {})):
        with pytest.raises(CallError) as refusal:
            backend.call(name, data, uid="fin", **staff(role))
        assert refusal.value.status == "PERMISSION_DENIED"


def test_a_payout_by_hand_is_for_staff_to_explain(giving, given, backend, admin, later):
    giving.sandbox("clock", advanceSeconds=3 * 24 * 60 * 60)  # until the gift is available
    payout = giving.api("POST", "/v1/payouts", amount=1_000, currency="usd")
    later(3 * 24)
    giving.deliver_all()
    later(3 * 24 + 1.5)

    backend.tick(RECONCILE)

    ((case_id, case),) = cases(admin).items()
    assert (case_id, *told(case)) == (payout["id"], "unexplained", -1_000, -1_000)
    assert case.difference.type == "payout"
