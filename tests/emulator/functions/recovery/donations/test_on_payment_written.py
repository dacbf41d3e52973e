"""`donations_on_payment_written`: a gift has the state of its payments, however it learns of it."""

from datetime import UTC, datetime, timedelta

import pytest

from app.kit.triggers import RetryLaterError


def state_of(admin, donation_id):
    return admin.document(f"donations/{donation_id}").get().to_dict()["state"]


def test_from_checkout_to_refund(giving, admin):
    donation_id, intent_id = giving.give()
    states = [state_of(admin, donation_id)]
    for cents in (0, 10_000, 15_000):
        if cents:
            giving.refund(intent_id, cents)
        giving.deliver_all()
        states.append(state_of(admin, donation_id))

    assert states == ["created", "succeeded", "partially_refunded", "refunded"]


def test_a_declined_card_and_then_a_good_one(giving, admin):
    checkout = giving.checkout()
    assert giving.pay(checkout, "pm_card_chargeDeclined") == 402
    giving.deliver_all()
    assert state_of(admin, checkout["donationId"]) == "failed"

    assert giving.pay(checkout) == 303
    giving.deliver_all()
    assert state_of(admin, checkout["donationId"]) == "succeeded"


def test_a_bank_debit_is_in_process_for_days(giving, admin):
    checkout = giving.checkout()
    giving.pay(checkout, "pm_usBankAccount")
    giving.deliver_all()
    assert state_of(admin, checkout["donationId"]) == "processing"

    giving.sandbox("clock", advanceSeconds=10 * 86_400)
    giving.deliver_all()
    assert state_of(admin, checkout["donationId"]) == "succeeded"


@pytest.mark.parametrize("tried", [False, True], ids=["untouched", "after a declined card"])
def test_a_page_that_nobody_pays_expires(giving, admin, tried):
    checkout = giving.checkout()
    if tried:
        giving.pay(checkout, "pm_card_chargeDeclined")
    giving.sandbox("clock", advanceSeconds=25 * 3600)
    giving.deliver_all()

    assert state_of(admin, checkout["donationId"]) == "expired"


def test_a_refund_that_fails_later_brings_the_gift_back(giving, admin):
    checkout = giving.checkout()
    giving.pay(checkout, "pm_card_refundFail")
    giving.refund(giving.intent_id(), 25_000)
    giving.deliver_all()
    assert state_of(admin, checkout["donationId"]) == "refunded"

    giving.sandbox("clock", advanceSeconds=10 * 86_400)
    giving.deliver_all()
    assert state_of(admin, checkout["donationId"]) == "succeeded"


def test_repeats_change_nothing(giving, admin):
    donation_id, _ = giving.give()
    giving.deliver_all()
    before = admin.document(f"donations/{donation_id}").get()
    giving.tell()
    giving.tell()

    assert admin.document(f"donations/{donation_id}").get().update_time == before.update_time


def test_money_without_its_gift_is_not_passed_over(giving, admin):
    donation_id, intent_id = giving.give()
    admin.document(f"donations/{donation_id}").delete()
    for event in giving.events():
        giving.deliver(event)
    giving.backend.run_tasks()

    with pytest.raises(RetryLaterError):
        giving.backend.deliver("donations_on_payment_written", intent_id)


def test_a_page_whose_gift_was_never_stored_is_passed_over(giving, admin):
    checkout = giving.checkout()
    admin.document(f"donations/{checkout['donationId']}").delete()
    giving.sandbox("clock", advanceSeconds=25 * 3600)

    giving.deliver_all()

    assert not admin.document(f"donations/{checkout['donationId']}").get().exists


def test_payments_for_other_things_are_passed_over(giving, admin):
    giving.give()
    giving.deliver_all()
    (payment,) = admin.collection("payments").stream()
    other = payment.to_dict() | {"reference": {"kind": "booking", "id": "b1"}}
    admin.document("payments/pi_other").set(other)

    giving.backend.deliver("donations_on_payment_written", "pi_other")
    giving.backend.deliver("donations_on_payment_written", "pi_missing")


def test_a_payment_whose_trigger_was_lost_is_followed_by_the_net(giving, admin, set_clock):
    donation_id, _ = giving.give()
    for event in giving.events():
        giving.deliver(event)
    giving.backend.run_tasks()

    giving.backend.tick("donations_sweep_payments")
    assert state_of(admin, donation_id) == "created"  # its trigger may come
    set_clock(datetime.now(UTC) + timedelta(minutes=3))
    giving.backend.tick("donations_sweep_payments")
    assert state_of(admin, donation_id) == "succeeded"

    before = admin.document(f"donations/{donation_id}").get().update_time
    giving.backend.tick("donations_sweep_payments")
    assert admin.document(f"donations/{donation_id}").get().update_time == before
