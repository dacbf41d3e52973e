"""Refunds by finance: never more than is left, never twice for one wish, above a limit by two."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.kit.firestore import OutcomeUnknownError
from app.recovery.donations.functions import refunds as functions
from tests.support.errors import CallError
from tests.support.giving import MONTH_DAYS
from tests.support.tokens import staff

FOOD = [{"itemId": "food", "quantity": 1}]
LARGE = [{"itemId": "housing", "quantity": 5}]


def call(giving, name, uid="fin", **data):
    data = {"idempotencyKey": str(uuid.uuid4()), **data}
    return giving.backend.call(f"donations_{name}", data, uid=uid, **staff("finance"))


def refund(giving, donation_id, uid="fin", **data):
    data = {"donationId": donation_id, "reason": "requested_by_donor", **data}
    return call(giving, "refund", uid, **data)


def refused(action, *args, **data):
    with pytest.raises(CallError) as refusal:
        action(*args, **data)
    return refusal.value.status, (refusal.value.details or {}).get("reason")


def made(giving):
    """The amounts that Stripe gave back."""
    return [r["amount"] for r in giving.api("GET", "/v1/refunds?limit=100")["data"]]


def state(admin, donation_id):
    return admin.document(f"donations/{donation_id}").get().get("state")


@pytest.fixture
def gift(giving):
    """A gift of 45 dollars that is paid."""
    donation_id, _ = giving.give(items=FOOD)
    giving.deliver_all()
    return donation_id


@pytest.fixture
def large(giving):
    """A gift of 625 dollars that is paid."""
    donation_id, _ = giving.give(items=LARGE)
    giving.deliver_all()
    return donation_id


def test_a_part_and_then_the_rest_go_back_and_the_gift_follows_stripe(giving, admin, gift):
    part = refund(giving, gift, amountCents=1_000)
    assert (part["state"], part["amountCents"]) == ("sent", 1_000)
    assert state(admin, gift) == "succeeded"
    giving.deliver_all()
    assert state(admin, gift) == "partially_refunded"

    rest = refund(giving, gift)
    giving.deliver_all()

    assert rest["amountCents"] == 3_500
    assert state(admin, gift) == "refunded"
    assert sorted(made(giving)) == [1_000, 3_500]
    assert refused(refund, giving, gift) == ("FAILED_PRECONDITION", "nothing_left")
    listed = call_list(giving)
    assert [item["requestId"] for item in listed] == [rest["requestId"], part["requestId"]]


def call_list(giving, uid="fin"):
    name = "donations_list_refund_requests"
    return giving.backend.call(name, {}, uid=uid, **staff("finance"))["items"]


def test_more_than_is_left_is_refused_with_what_is(giving, gift):
    with pytest.raises(CallError) as refusal:
        refund(giving, gift, amountCents=4_501)

    assert refusal.value.details == {"reason": "above_left", "leftCents": 4_500}
    assert made(giving) == []


def test_only_finance_and_never_ones_own(giving, gift):
    data = {"idempotencyKey": str(uuid.uuid4()), "donationId": gift, "reason": "other"}
    with pytest.raises(CallError) as refusal:
        giving.backend.call("donations_refund", data, uid="eve")
    assert refusal.value.status == "PERMISSION_DENIED"
    assert refused(refund, giving, gift, uid="donor") == ("PERMISSION_DENIED", "own_gift")
    assert refused(refund, giving, "0" * 32)[0] == "NOT_FOUND"
    assert made(giving) == []


def test_what_was_not_paid_cannot_go_back(giving):
    checkout = giving.checkout()

    outcome = refused(refund, giving, checkout["donationId"])

    assert outcome == ("FAILED_PRECONDITION", "not_paid")


def test_above_the_limit_another_one_agrees(giving, admin, large):
    asked = refund(giving, large, amountCents=50_001)
    assert asked["state"] == "proposed"
    assert made(giving) == []
    decision = {"requestId": asked["requestId"], "approve": True}
    own = refused(call, giving, "decide_refund", **decision)
    assert own == ("PERMISSION_DENIED", "four_eyes")
    donors = refused(call, giving, "decide_refund", "donor", **decision)
    assert donors == ("PERMISSION_DENIED", "four_eyes")

    agreed = call(giving, "decide_refund", "boss", **decision)

    assert agreed["state"] == "sent"
    assert agreed["decidedBy"] == "boss"
    assert made(giving) == [50_001]
    again = refused(call, giving, "decide_refund", "third", **decision)
    assert again == ("FAILED_PRECONDITION", "decided")
    giving.deliver_all()
    assert state(admin, large) == "partially_refunded"


def test_the_limit_is_of_the_gift_not_of_one_refund(giving, large):
    assert refund(giving, large, amountCents=50_000)["state"] == "sent"

    assert refund(giving, large, amountCents=1)["state"] == "proposed"
    assert made(giving) == [50_000]


def test_a_declined_refund_leaves_room_for_another(giving, large):
    asked = refund(giving, large)
    assert refused(refund, giving, large) == ("FAILED_PRECONDITION", "under_way")

    call(giving, "decide_refund", "boss", requestId=asked["requestId"], approve=False)

    assert refund(giving, large, amountCents=100)["state"] == "sent"
    assert made(giving) == [100]


def test_a_proposal_is_over_after_a_day(giving, large, set_clock):
    asked = refund(giving, large)
    set_clock(datetime.now(UTC) + timedelta(hours=24, seconds=1))

    late = refused(
        call, giving, "decide_refund", "boss", requestId=asked["requestId"], approve=True
    )
    assert late == ("FAILED_PRECONDITION", "expired")
    assert refund(giving, large)["state"] == "proposed"


def test_disputed_money_cannot_go_back(giving):
    checkout = giving.checkout()
    giving.pay(checkout, "pm_card_createDispute")
    giving.sandbox("clock", advanceSeconds=60)
    giving.deliver_all()

    outcome = refused(refund, giving, checkout["donationId"])

    assert outcome == ("FAILED_PRECONDITION", "disputed")


def test_a_dispute_that_we_did_not_hear_of_yet_is_stripes_to_refuse(giving, admin):
    checkout = giving.checkout(items=FOOD)
    giving.pay(checkout, "pm_card_createDispute")
    giving.sandbox("clock", advanceSeconds=60)
    giving.deliver_all()
    (payment,) = admin.collection("payments").stream()
    payment.reference.update({"state": "succeeded", "disputedCents": 0})

    answer = refund(giving, checkout["donationId"])

    assert (answer["state"], answer["problem"]) == ("refused", "charge_disputed")
    assert made(giving) == []


def test_what_stripe_refuses_was_not_ordered(giving, admin, large):
    intent = giving.intent_id()
    giving.refund(intent, 62_400)  # on Stripe's own page, and no webhook came yet

    answer = refund(giving, large, amountCents=50_000)

    assert answer["state"] == "refused"
    gift = admin.document(f"donations/{large}").get().to_dict()
    assert (gift["orderedRefundCents"], gift["refundRequestId"]) == (0, None)
    giving.deliver_all()
    assert refund(giving, large)["amountCents"] == 100


def test_a_repeated_wish_is_one_refund(giving, gift):
    key = str(uuid.uuid4())

    answers = [refund(giving, gift, amountCents=500, idempotencyKey=key) for _ in range(3)]

    assert made(giving) == [500]
    assert answers[0] == answers[1] == answers[2]


def test_the_same_wish_at_once_is_one_refund(giving, gift):
    key = str(uuid.uuid4())
    refund_now = {"amountCents": 500, "idempotencyKey": key}
    giving.backend.call("donations_list", {}, uid="fin")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: refund(giving, gift, **refund_now), range(4)))

    assert made(giving) == [500]


def test_wishes_of_two_people_at_once_are_one_after_the_other(giving, gift):
    for uid in ("fin", "boss"):
        giving.backend.call("donations_list", {}, uid=uid)

    def ask(uid):
        try:
            return refund(giving, gift, uid)["state"]
        except CallError as error:
            return error.details["reason"]

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(ask, ["fin", "boss"]))

    assert made(giving) == [4_500]
    assert outcomes.count("sent") == 1
    assert set(outcomes) - {"sent"} <= {"under_way", "refused"}


def test_while_stripe_does_not_answer_it_is_told_later(giving, stripe, gift, set_clock):
    stripe.inject({"kind": "api_status", "status": 500, "times": 3})  # each try of one call
    assert refund(giving, gift)["state"] == "ordered"
    giving.backend.tick("donations_sweep_refunds")
    assert made(giving) == []

    set_clock(datetime.now(UTC) + timedelta(minutes=3))
    giving.backend.tick("donations_sweep_refunds")
    giving.backend.tick("donations_sweep_refunds")

    assert made(giving) == [4_500]
    (item,) = call_list(giving)
    assert item["state"] == "sent"


def test_a_refund_whose_result_was_lost_is_found_again(giving, gift, monkeypatch, set_clock):
    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(functions.store, "finish", die)
        with pytest.raises(KeyboardInterrupt):
            refund(giving, gift, amountCents=500)
    assert made(giving) == [500]
    # Long after, when Stripe has forgotten the key.
    giving.sandbox("clock", advanceSeconds=3 * 86_400)
    set_clock(datetime.now(UTC) + timedelta(days=3))
    giving.backend.tick("donations_sweep_refunds")

    assert made(giving) == [500]
    (item,) = call_list(giving)
    assert item["state"] == "sent"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_lost_answers_to_commits_make_one_refund(giving, gift, monkeypatch, after):
    from app.platform.operations import store as operations

    real, lost = operations.firestore.commit, []

    def lose(*writes):
        losing = len(writes) > 1 and not lost  # not that of a new person's keys
        if after or not losing:
            real(*writes)
        if losing:
            lost.append(1)
            raise OutcomeUnknownError

    monkeypatch.setattr(operations.firestore, "commit", lose)

    assert refund(giving, gift, amountCents=500)["state"] == "sent"
    assert lost
    assert made(giving) == [500]


def test_a_payment_of_a_monthly_gift_goes_back_alone(giving, admin):
    giving.give_monthly(items=FOOD)
    giving.advance(MONTH_DAYS)
    first, second = [
        item["donationId"]
        for item in giving.backend.call("donations_list", {}, uid="donor")["items"]
    ]

    refund(giving, first)
    giving.deliver_all()

    assert (state(admin, first), state(admin, second)) == ("refunded", "succeeded")


def test_each_step_is_audited(giving, admin, large):
    asked = refund(giving, large)
    call(giving, "decide_refund", "boss", requestId=asked["requestId"], approve=True)

    entries = [entry.to_dict() for entry in admin.collection("audit_entries").stream()]
    told = {(e["action"], e["actor"], e["role"], e["subject"]) for e in entries}
    assert ("propose_refund", "fin", "finance", "donor") in told
    assert ("order_refund", "boss", "finance", "donor") in told
