"""Monthly gifts: begun, paid, changed, ended, taken up again, failed; each payment a gift."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from app.kit.firestore import OutcomeUnknownError
from app.platform.payments.store import truth
from app.recovery.donations.store import gifts, monthly
from tests.support.errors import CallError
from tests.support.giving import MONTH_DAYS

NAMES = ("change", "cancel", "resume")


def call(giving, name, gift_id, uid="donor", **fields):
    request = {"idempotencyKey": str(uuid.uuid4()), "monthlyGiftId": gift_id, **fields}
    return giving.backend.call(f"donations_{name}_monthly", request, uid=uid)


def listed(giving, uid="donor"):
    return giving.backend.call("donations_list_monthly", {}, uid=uid)["items"]


def shown(giving, gift_id):
    (gift,) = [gift for gift in listed(giving) if gift["monthlyGiftId"] == gift_id]
    return gift


def given(giving, uid="donor"):
    """The amounts and states of gifts, oldest first."""
    items = giving.backend.call("donations_list", {}, uid=uid)["items"][::-1]
    return [(gift["amountCents"], gift["state"]) for gift in items]


def test_a_monthly_gift_begins_with_its_first_payment_and_goes_on(giving, admin):
    checkout = giving.start_monthly(coverFee=True, dedication="For Joe")
    assert shown(giving, checkout["monthlyGiftId"])["state"] == "created"
    assert giving.pay(checkout) == 303
    giving.deliver_all()

    begun = shown(giving, checkout["monthlyGiftId"])
    assert (begun["state"], begun["amountCents"]) == ("active", checkout["amountCents"])
    assert begun["nextChargeAt"] > begun["createdAt"]
    assert given(giving) == [(checkout["amountCents"], "succeeded")]

    giving.advance(MONTH_DAYS)
    giving.advance(MONTH_DAYS)

    assert given(giving) == [(checkout["amountCents"], "succeeded")] * 3
    ids = [d.id for d in admin.collection("donations").stream()]
    assert len(ids) == 3
    allocations = [d.to_dict()["allocation"] for d in admin.collection("donations").stream()]
    assert allocations == [{"HOUSING": 25_000}] * 3


def test_stripe_is_told_nothing_of_the_donor_or_of_what_it_is_for(giving, stripe):
    giving.start_monthly(uid="somebody-with-a-name", dedication="For Joe")

    told = str([call_ for call_ in stripe.calls() if call_["path"] != "/v1/customers"])
    assert "Monthly" in told
    for word in ("somebody", "For Joe", "housing", "HOUSING"):
        assert word not in told


def test_a_change_holds_from_the_next_payment_and_each_payment_keeps_its_terms(giving, admin):
    gift_id = giving.give_monthly()

    answer = call(giving, "change", gift_id, items=[{"itemId": "food", "quantity": 1}])
    giving.deliver_all()

    assert answer["amountCents"] == 4_500
    assert shown(giving, gift_id)["amountCents"] == 4_500
    assert given(giving) == [(25_000, "succeeded")]
    giving.advance(MONTH_DAYS)
    assert given(giving) == [(25_000, "succeeded"), (4_500, "succeeded")]
    funds = {
        d.to_dict()["amountCents"]: d.to_dict()["allocation"]
        for d in admin.collection("donations").stream()
    }
    assert funds == {25_000: {"HOUSING": 25_000}, 4_500: {"FOOD": 4_500}}
    invoices = giving.api("GET", "/v1/invoices?limit=10")["data"]
    assert sorted(invoice["amount_paid"] for invoice in invoices) == [4_500, 25_000]


def test_an_end_with_the_period_can_be_taken_back_until_then(giving):
    gift_id = giving.give_monthly()
    call(giving, "cancel", gift_id, when="period_end")
    giving.deliver_all()
    ending = shown(giving, gift_id)
    assert (ending["state"], ending["nextChargeAt"]) == ("active", None)
    assert ending["cancelAt"] is not None

    call(giving, "resume", gift_id)
    giving.deliver_all()
    assert shown(giving, gift_id)["cancelAt"] is None
    giving.advance(MONTH_DAYS)
    assert len(given(giving)) == 2

    call(giving, "cancel", gift_id, when="period_end")
    giving.advance(MONTH_DAYS)
    over = shown(giving, gift_id)
    assert (over["state"], over["nextChargeAt"], over["cancelAt"]) == ("canceled", None, None)
    assert len(given(giving)) == 2
    for name in NAMES:
        extra = {"cancel": {"when": "now"}, "change": {"customAmountCents": 500}}.get(name, {})
        with pytest.raises(CallError) as refusal:
            call(giving, name, gift_id, **extra)
        assert refusal.value.details == {"reason": "not_running"}


def test_an_end_at_once_is_the_end(giving):
    gift_id = giving.give_monthly()

    call(giving, "cancel", gift_id, when="now")
    giving.deliver_all()

    assert shown(giving, gift_id)["state"] == "canceled"
    giving.advance(40)
    assert len(given(giving)) == 1


def test_what_ended_at_stripe_before_we_learned_of_it_is_refused_clearly(giving):
    gift_id = giving.give_monthly()
    (subscription,) = giving.api("GET", "/v1/subscriptions")["data"]
    giving.api("DELETE", f"/v1/subscriptions/{subscription['id']}")

    for name, extra in (
        ("change", {"customAmountCents": 500}),
        ("cancel", {"when": "period_end"}),
    ):
        with pytest.raises(CallError) as refusal:
            call(giving, name, gift_id, **extra)
        assert refusal.value.details == {"reason": "not_running"}
    call(giving, "cancel", gift_id, when="now")  # it is what was wanted


def test_what_nobody_ended_cannot_be_taken_up_again(giving):
    gift_id = giving.give_monthly()

    with pytest.raises(CallError) as refusal:
        call(giving, "resume", gift_id)

    assert refusal.value.details == {"reason": "goes_on"}


def test_what_is_not_yours_is_as_if_it_were_not(giving):
    gift_id = giving.give_monthly()
    for name in NAMES:
        extra = {"cancel": {"when": "now"}, "change": {"customAmountCents": 500}}.get(name, {})
        answers = []
        for wanted in (gift_id, "0" * 32):
            with pytest.raises(CallError) as refusal:
                call(giving, name, wanted, uid="stranger", **extra)
            answers.append((refusal.value.status, str(refusal.value)))
        assert answers[0] == answers[1]
    assert listed(giving, "stranger") == []


def fail_renewals(giving):
    """Let the next renewals be declined."""
    (customer,) = giving.api("GET", "/v1/customers")["data"]
    path = "/v1/payment_methods/pm_card_chargeCustomerFail/attach"
    bad = giving.api("POST", path, customer=customer["id"])["id"]
    (subscription,) = giving.api("GET", "/v1/subscriptions")["data"]
    giving.api("POST", f"/v1/subscriptions/{subscription['id']}", default_payment_method=bad)


def test_a_payment_that_fails_is_told_once_and_a_new_card_heals_it(giving, admin, inbox):
    giving.backend.call("donations_list", {}, uid="donor")
    from firebase_admin import auth

    auth.update_user("donor", email="donor@example.org", email_verified=True)
    gift_id = giving.give_monthly(locale="es")
    fail_renewals(giving)
    giving.advance(MONTH_DAYS)
    giving.tell()

    assert shown(giving, gift_id)["state"] == "past_due"
    mails = [mail.to_dict() for mail in admin.collection("outbox").stream()]
    assert [(mail["uid"], mail["template"]) for mail in mails] == [("donor", "gift_unpaid")]
    for mail in admin.collection("outbox").stream():
        giving.backend.deliver("mail_on_queued", mail.id)
    giving.backend.run_tasks()
    (sent,) = inbox.calls()
    assert "No se ha podido cobrar un pago" in sent["text"]
    for word in ("SecondWind", "recupera", "donac", "250"):
        assert word not in sent["text"].partition("No se ha podido")[2]

    setup = giving.backend.call(
        "customers_add_payment_method", {"idempotencyKey": str(uuid.uuid4())}, uid="donor"
    )
    assert giving.pay({"checkoutUrl": setup["setupUrl"]}, "pm_card_mastercard") == 303
    methods = giving.backend.call("customers_list_payment_methods", {}, uid="donor")["items"]
    (new,) = [m["paymentMethodId"] for m in methods if m["brand"] == "mastercard"]
    request = {"idempotencyKey": str(uuid.uuid4()), "paymentMethodId": new}
    giving.backend.call("customers_set_default_payment_method", request, uid="donor")
    giving.advance(8)

    assert shown(giving, gift_id)["state"] == "active"
    assert given(giving) == [(25_000, "succeeded")] * 2
    assert len(list(admin.collection("outbox").stream())) == 1


def test_a_page_that_nobody_pays_expires(giving):
    checkout = giving.start_monthly()

    giving.advance(2)

    assert shown(giving, checkout["monthlyGiftId"])["state"] == "expired"


def test_repeats_and_any_order_change_nothing(giving, admin):
    giving.sandbox("balance", delaySeconds=0)
    giving.give_monthly()
    giving.advance(MONTH_DAYS)

    def stored():
        return {
            path.id: (path.update_time, name)
            for name in ("donations", "monthly_gifts", "donor_totals", "gift_terms", "outbox")
            for path in admin.collection(name).stream()
        }

    before = stored()
    for event in reversed(giving.events()):
        giving.deliver(event)
    giving.backend.run_tasks()
    giving.tell()
    giving.tell()

    assert stored() == before


def test_a_repeated_call_begins_one_gift(giving, admin):
    key = {"idempotencyKey": str(uuid.uuid4())}
    first = giving.start_monthly(**key)

    assert giving.start_monthly(**key) == first
    assert len(list(admin.collection("monthly_gifts").stream())) == 1
    assert len(giving.api("GET", "/v1/customers")["data"]) == 1
    assert len(giving.api("GET", "/v1/checkout/sessions")["data"]) == 1


def test_a_change_whose_answer_was_lost_is_made_once(giving, admin, monkeypatch):
    from app.platform.operations import store as operations

    gift_id = giving.give_monthly()
    real, lost = operations.firestore.commit, []

    def lose(*writes):
        if not lost:
            lost.append(1)
            raise OutcomeUnknownError  # after Stripe was told, before it was noted
        real(*writes)

    with monkeypatch.context() as losing:
        losing.setattr(operations.firestore, "commit", lose)
        call(giving, "change", gift_id, customAmountCents=700)
    giving.deliver_all()

    assert lost
    assert shown(giving, gift_id)["amountCents"] == 700
    assert len(list(admin.collection("gift_terms").stream())) == 2
    prices = giving.api("GET", "/v1/prices?limit=100")["data"]
    assert [price["unit_amount"] for price in prices].count(700) == 1


def test_a_crash_after_stripe_was_told_leaves_terms_that_payments_find(giving, monkeypatch):
    from app.platform.operations import store as operations

    gift_id = giving.give_monthly()

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(operations.firestore, "commit", die)
        with pytest.raises(KeyboardInterrupt):
            call(giving, "change", gift_id, customAmountCents=700)
    giving.advance(MONTH_DAYS)

    assert given(giving) == [(25_000, "succeeded"), (700, "succeeded")]
    assert shown(giving, gift_id)["amountCents"] == 700


def test_money_without_its_terms_is_not_passed_over(giving, admin):
    from app.kit.triggers import RetryLaterError

    checkout = giving.start_monthly()
    giving.pay(checkout)
    for terms in admin.collection("gift_terms").stream():
        terms.reference.delete()
    for event in giving.events():
        giving.deliver(event)
    giving.backend.run_tasks()

    (payment,) = truth.payments.find(limit=2)
    with pytest.raises(RetryLaterError):
        giving.backend.deliver("donations_on_payment_written", payment.id)


def test_the_ledger_takes_each_payment_of_a_monthly_gift(giving, admin):
    giving.sandbox("balance", delaySeconds=0)
    giving.give_monthly()
    giving.advance(MONTH_DAYS)

    for movement in admin.collection("payment_movements").stream():
        giving.backend.deliver("ledger_on_movement_created", movement.id)

    assert len(list(admin.collection("ledger_queue").stream())) == 2


def test_no_call_of_the_api_is_needed_to_list(giving, stripe):
    gift_id = giving.give_monthly()
    before = len(stripe.calls())

    assert shown(giving, gift_id)["state"] == "active"
    assert len(stripe.calls()) == before


def test_an_open_gift_without_subscription_cannot_be_changed(giving):
    checkout = giving.start_monthly()

    with pytest.raises(CallError) as refusal:
        call(giving, "cancel", checkout["monthlyGiftId"], when="now")

    assert refusal.value.details == {"reason": "not_running"}


def test_unavailable_stripe_changes_nothing(giving, stripe, admin):
    stripe.inject({"kind": "api_status", "status": 500, "times": -1})
    with pytest.raises(CallError) as refusal:
        giving.start_monthly()

    assert refusal.value.status == "UNAVAILABLE"
    assert list(admin.collection("monthly_gifts").stream()) == []


def test_gifts_and_stores_agree_on_what_is_there(giving):
    gift_id = giving.give_monthly()
    (payment,) = truth.payments.find(limit=2)

    assert monthly.gifts.get(gift_id).subscription_id is not None
    (donation,) = gifts.donations.find(limit=2)
    assert donation.value.monthly_gift_id == gift_id
    assert donation.value.created_at - datetime.now(UTC) < timedelta(days=1)
    assert payment.value.captured_cents == donation.value.counted.captured_cents


def test_what_triggers_lost_the_sweep_finds(giving, set_clock):
    one_off = giving.checkout()
    checkout = giving.start_monthly()
    for page in (one_off, checkout):
        giving.pay(page)
    for event in giving.events():
        giving.deliver(event)
    giving.backend.run_tasks()
    assert shown(giving, checkout["monthlyGiftId"])["state"] == "created"

    set_clock(datetime.now(UTC) + timedelta(minutes=3))
    giving.backend.tick("donations_sweep_payments")
    giving.backend.tick("donations_sweep_payments")

    assert shown(giving, checkout["monthlyGiftId"])["state"] == "active"
    assert given(giving) == [(25_000, "succeeded")] * 2
