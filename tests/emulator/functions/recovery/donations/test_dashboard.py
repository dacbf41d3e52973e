"""The dashboard: sums that are those of the gifts, whatever was repeated, reordered or lost."""

import itertools
import os
import random
import uuid

import pytest

from app.kit import clock
from app.kit.firestore import OutcomeUnknownError
from app.platform.payments.store import truth
from app.recovery.charity import ZONE
from app.recovery.donations.models.dashboard import DonorTotals
from app.recovery.donations.policy import totals
from app.recovery.donations.store import gifts
from tests.support.errors import CallError

STORIES = 12 if os.environ.get("NIGHTLY") else 2
FOOD = [{"itemId": "food", "quantity": 1}]


def dashboard(giving, uid="donor", **wanted):
    return giving.backend.call("donations_get_dashboard", wanted, uid=uid)


def altogether(giving, uid="donor"):
    return next((t for t in dashboard(giving, uid)["totals"] if t["year"] is None), None)


def test_nobody_gave_nothing(giving):
    assert dashboard(giving) == {
        "totals": [],
        "allocation": [],
        "history": [],
        "nextCursor": None,
        "monthly": [],
        "nextCharge": None,
    }


def test_sums_allocation_history_and_what_is_charged_next(giving):
    giving.sandbox("balance", delaySeconds=0)
    _, intent_id = giving.give(dedication="For Joe")
    giving.give(items=FOOD, coverFee=True)
    giving.sandbox("clock", advanceSeconds=60)  # Stripe tells whole seconds
    monthly_id = giving.give_monthly(items=FOOD)
    giving.refund(intent_id, 10_000)
    giving.sandbox("release")
    giving.deliver_all()

    found = dashboard(giving, limit=2)

    covered = found["history"][1]["amountCents"]
    fees = sum(p.value.fee_cents for p in truth.payments.find(limit=10))
    assert covered > 4_500
    total = {
        "year": None,
        "currency": "USD",
        "gifts": 3,
        "grossCents": 29_500 + covered,
        "refundedCents": 10_000,
        "disputedCents": 0,
        "netCents": 19_500 + covered,
        "feeCents": fees,
    }
    assert found["totals"] == [total, total | {"year": clock.now().astimezone(ZONE).year}]
    assert found["allocation"] == [
        {"category": "HOUSING", "currency": "USD", "cents": 15_000},
        {"category": "FOOD", "currency": "USD", "cents": 4_500 + covered},
    ]
    assert len(found["history"]) == 2
    assert found["nextCursor"] is not None
    assert [gift["monthlyGiftId"] for gift in found["monthly"]] == [monthly_id]
    assert found["nextCharge"]["monthlyGiftId"] == monthly_id
    assert found["nextCharge"]["amountCents"] == 4_500
    rest = giving.backend.call("donations_list", {"cursor": found["nextCursor"]}, uid="donor")
    assert [gift["dedication"] for gift in rest["items"]] == ["For Joe"]


def test_nobody_else_sees_it(giving):
    giving.give()
    giving.deliver_all()

    assert dashboard(giving, "stranger")["totals"] == []
    with pytest.raises(CallError) as refusal:
        giving.backend.call("donations_get_dashboard", {}, uid=None)
    assert refusal.value.status == "UNAUTHENTICATED"


def summed(uid="donor"):
    """What the gifts of a donor count, added up anew."""
    sums = DonorTotals()
    for seen in gifts.donations.find(equal={"uid": uid}, limit=100):
        sums = totals.moved(sums, None, seen.value.counted)
    return sums.years


@pytest.mark.parametrize("seed", range(STORIES))
def test_each_gift_counts_once_under_repeats_disorder_and_lost_answers(
    giving, admin, monkeypatch, seed
):
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    real = gifts.commit
    fates = itertools.cycle(chance.sample(["before", "after", "fine"], 3))
    lost = []

    def lossy(*writes):
        lost.append(next(fates))
        if lost[-1] == "before":
            raise OutcomeUnknownError
        real(*writes)
        if lost[-1] == "after":
            raise OutcomeUnknownError

    intents = []
    for number in range(3):
        giving.give(items=FOOD, customAmountCents=100 + number)
        intents.append(giving.intent_id())
    giving.give_monthly(items=FOOD)
    monkeypatch.setattr(gifts, "commit", lossy)
    for _ in range(3):
        giving.refund(chance.choice(intents), chance.randint(1, 1_000))
        events = giving.events()
        for event in chance.choices(events, k=len(events) * 2):
            giving.deliver(event)
        giving.backend.run_tasks()
        payments = [seen.id for seen in truth.payments.find(limit=10)]
        for payment_id in chance.choices(payments, k=6):
            giving.backend.deliver("donations_on_payment_written", payment_id)
    giving.deliver_all()
    giving.deliver_all()

    assert {"before", "after"} <= set(lost)
    stored = DonorTotals.model_validate(admin.document("donor_totals/donor").get().to_dict())
    (year,) = stored.years
    assert stored.years == summed()
    refunds = giving.api("GET", "/v1/refunds?limit=100")["data"]
    assert year.refunded_cents == sum(refund["amount"] for refund in refunds)
    assert year.captured_cents == 3 * 4_500 + 303 + 4_500
    assert year.gifts == 4


def test_a_lost_dispute_is_taken_off(giving, admin):
    checkout = giving.checkout()
    giving.pay(checkout, "pm_card_createDispute")
    giving.sandbox("clock", advanceSeconds=60)
    giving.deliver_all()
    held = altogether(giving)
    assert (held["grossCents"], held["disputedCents"], held["netCents"]) == (25_000, 25_000, 0)

    giving.advance(30)

    lost = altogether(giving)
    assert (lost["disputedCents"], lost["netCents"]) == (25_000, 0)
    states = [d.to_dict()["state"] for d in admin.collection("donations").stream()]
    assert states == ["charged_back"]


def test_what_an_erasure_took_does_not_come_back_with_a_refund(giving, admin):
    _, intent_id = giving.give()
    giving.deliver_all()
    admin.document("donor_totals/donor").delete()

    giving.refund(intent_id, 100)
    giving.deliver_all()

    assert not admin.document("donor_totals/donor").get().exists
    (gift,) = [d.to_dict() for d in admin.collection("donations").stream()]
    assert gift["state"] == "partially_refunded"
    assert gift["counted"]["refundedCents"] == 100


def test_what_comes_after_an_erasure_is_not_summed_up(giving, admin):
    from app.platform.records import destruction

    checkout = giving.checkout()
    giving.pay(checkout)
    destruction.destroy_keys("donor", clock.now())

    giving.deliver_all()

    assert not admin.document("donor_totals/donor").get().exists


def share(giving, donation_id, uid="donor", **wanted):
    request = {"donationId": donation_id, "locale": "en", **wanted}
    return giving.backend.call("donations_get_share_card", request, uid=uid)


def test_a_card_of_a_gift_with_and_without_name_and_amount(giving):
    name = {"idempotencyKey": str(uuid.uuid4()), "firstName": "Ann <b>"}
    giving.backend.call("profiles_update", name, uid="donor")
    donation_id, _ = giving.give()
    with pytest.raises(CallError) as refusal:
        share(giving, donation_id)
    assert refusal.value.status == "FAILED_PRECONDITION"
    giving.deliver_all()

    plain = share(giving, donation_id)
    assert plain["lines"] == ["Housing: 2 weeks"]
    assert "250" not in str(plain)
    assert "Ann" not in str(plain)
    told = share(giving, donation_id, withName=True, withAmount=True)
    assert told["headline"].startswith("Ann <b> gave")
    assert "Ann &lt;b&gt; gave" in told["svg"]
    assert told["amount"] == "$250.00 USD"


def test_a_card_of_an_anonymous_gift_names_nobody(giving):
    name = {"idempotencyKey": str(uuid.uuid4()), "firstName": "Ann"}
    giving.backend.call("profiles_update", name, uid="donor")
    donation_id, _ = giving.give(anonymous=True)
    giving.deliver_all()

    assert "Ann" not in str(share(giving, donation_id, withName=True))


def test_a_card_of_what_is_not_yours_is_as_if_there_were_none(giving):
    donation_id, _ = giving.give()
    giving.deliver_all()

    answers = []
    for wanted in (donation_id, "0" * 32):
        with pytest.raises(CallError) as refusal:
            share(giving, wanted, uid="stranger")
        answers.append((refusal.value.status, str(refusal.value)))
    assert answers[0] == answers[1]


def test_the_calculator_is_public_and_tells_where_gifts_are_asked_for(giving):
    found = giving.backend.get(
        "donations_calculate_impact", items="housing:2,food:1", coverFee="true"
    )

    assert found["allocation"] == {"FOOD": 4_500, "HOUSING": 25_000}
    assert found["solicitation"] == {"open": True, "states": ["CO"]}
    with pytest.raises(CallError) as refusal:
        giving.backend.get("donations_calculate_impact", items="yacht:1")
    assert refusal.value.fields == ["items.0.itemId"]


def test_a_card_is_saved_where_the_donor_wants_that(giving):
    checkout = giving.checkout(saveCard=True)
    assert giving.pay(checkout) == 303
    giving.pay(giving.checkout(uid="other"))

    saved = giving.backend.call("customers_list_payment_methods", {}, uid="donor")["items"]
    assert [method["brand"] for method in saved] == ["visa"]
    assert giving.backend.call("customers_list_payment_methods", {}, uid="other")["items"] == []
    assert len(giving.api("GET", "/v1/customers")["data"]) == 1
