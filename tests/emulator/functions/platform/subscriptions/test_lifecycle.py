"""A subscription's life, from the page at Stripe to its end, and what it entitles to."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.errors import CallError
from tests.support.giving import MONTH_DAYS
from tests.support.leaver import ask

FREE = {"assessments": 1, "activePlans": 1, "modelMessagesPerMonth": 20}
PREMIUM = {"assessments": None, "activePlans": None, "modelMessagesPerMonth": 1000}


def state(subscribing):
    return subscribing.got()["items"][0]["state"]


def test_who_never_subscribed_has_what_is_free(subscribing):
    assert subscribing.got() == {
        "plan": "free",
        "active": False,
        "limits": FREE,
        "features": [],
        "items": [],
    }


def test_who_subscribes_has_premium_on_trial(subscribing):
    membership_id = subscribing.subscribe()

    got = subscribing.got()
    (shown,) = got["items"]
    assert (got["plan"], got["active"], got["limits"]) == ("premium", True, PREMIUM)
    assert (shown["membershipId"], shown["state"]) == (membership_id, "trialing")
    assert shown["nextChargeAt"] == shown["trialEnd"]
    assert (shown["priceCents"], shown["seats"], shown["interval"]) == (3900, 1, "month")


def test_a_page_that_nobody_filled_in_gives_nothing(subscribing):
    page = subscribing.start()
    assert subscribing.submit(page, "pm_card_chargeDeclined") == 402
    subscribing.arrive()

    assert (page["trialDays"], subscribing.got()["active"]) == (14, False)


def test_a_payment_that_fails_leaves_seven_days_and_then_nothing(subscribing, pass_time, mails):
    subscribing.subscribe(method="pm_card_chargeCustomerFail")
    pass_time(12)
    subscribing.backend.tick("subscriptions_sweep_entitlements")
    assert mails() == ["trial_ending"]

    pass_time(2.1)
    (shown,) = subscribing.got()["items"]
    assert (shown["state"], subscribing.got()["active"]) == ("past_due", True)
    assert shown["graceUntil"] == shown["accessUntil"]
    assert mails() == ["payment_failed", "trial_ending"]

    pass_time(5.2, arrive=False)
    subscribing.backend.tick("subscriptions_sweep_entitlements")
    assert subscribing.got()["active"] is True
    assert mails() == ["grace_ending", "payment_failed", "trial_ending"]

    pass_time(1.8, arrive=False)
    subscribing.backend.tick("subscriptions_sweep_entitlements")
    assert (state(subscribing), subscribing.got()["plan"]) == ("past_due", "free")
    ended = ["grace_ending", "payment_failed", "subscription_ended", "trial_ending"]
    assert mails() == ended

    pass_time(1)
    assert (state(subscribing), subscribing.got()["plan"]) == ("unpaid", "free")
    assert mails() == ended


def test_who_pays_within_the_grace_goes_on(subscribing, pass_time, mails):
    subscribing.subscribe(method="pm_card_chargeCustomerFail")
    pass_time(14.2)
    assert state(subscribing) == "past_due"
    (invoice,) = subscribing.api("GET", "/v1/invoices?status=open")["data"]
    card = {"customer": invoice["customer"]}
    good = subscribing.api("POST", "/v1/payment_methods/pm_card_visa/attach", **card)["id"]
    subscribing.api("POST", f"/v1/invoices/{invoice['id']}/pay", payment_method=good)
    subscribing.arrive()

    (shown,) = subscribing.got()["items"]
    assert (shown["state"], shown["graceUntil"]) == ("active", None)
    pass_time(10)
    subscribing.backend.tick("subscriptions_sweep_entitlements")
    assert subscribing.got()["active"] is True
    assert mails() == ["payment_failed"]


def test_a_card_that_will_never_pay_is_to_be_replaced(subscribing, pass_time, mails):
    subscribing.subscribe(method="pm_card_chargeCustomerFailLost")
    pass_time(14.2)

    assert mails() == ["card_refused"]


def test_a_canceled_subscription_lasts_to_the_end_of_its_period(subscribing, pass_time, mails):
    membership_id = subscribing.subscribe()
    answer = subscribing.ask("cancel", membershipId=membership_id)
    subscribing.arrive()
    (shown,) = subscribing.got()["items"]
    assert (shown["endsAt"], shown["nextChargeAt"]) == (answer["endsAt"], None)

    pass_time(13.9)
    assert subscribing.got()["active"] is True
    pass_time(0.2)
    assert (state(subscribing), subscribing.got()["plan"]) == ("canceled", "free")
    assert mails() == ["subscription_ended"]


def test_access_ends_on_time_even_if_stripe_is_not_heard_of(subscribing, pass_time, mails):
    membership_id = subscribing.subscribe()
    subscribing.ask("cancel", membershipId=membership_id)
    subscribing.arrive()
    pass_time(14.1, arrive=False)
    subscribing.backend.tick("subscriptions_sweep_entitlements")

    assert (state(subscribing), subscribing.got()["active"]) == ("trialing", False)
    assert mails() == ["subscription_ended"]
    subscribing.arrive()
    assert mails() == ["subscription_ended"]


def test_what_was_canceled_can_be_resumed_until_it_ends(subscribing, pass_time):
    membership_id = subscribing.subscribe()
    subscribing.ask("cancel", membershipId=membership_id)
    assert subscribing.ask("resume", membershipId=membership_id)["endsAt"] is None
    pass_time(14.2)
    assert (state(subscribing), subscribing.got()["active"]) == ("active", True)

    subscribing.ask("cancel", membershipId=membership_id)
    pass_time(MONTH_DAYS)
    with pytest.raises(CallError) as refusal:
        subscribing.ask("resume", membershipId=membership_id)
    assert refusal.value.details == {"reason": "ended"}
    assert subscribing.got()["plan"] == "free"


def test_a_trial_is_had_once(subscribing, pass_time):
    membership_id = subscribing.subscribe()
    subscribing.ask("cancel", membershipId=membership_id)
    pass_time(15)

    page = subscribing.start(price="premium_yearly_usd")

    assert (page["trialDays"], page["membershipId"]) == (0, membership_id)
    assert subscribing.submit(page) == 303
    subscribing.arrive()
    got = subscribing.got()
    assert [item["state"] for item in got["items"]] == ["canceled", "active"]
    assert got["plan"] == "premium"


def test_two_families_add_up(subscribing):
    subscribing.subscribe()
    subscribing.subscribe(price="partner_monthly_usd")

    got = subscribing.got()
    assert (got["plan"], got["limits"]) == ("premium", PREMIUM)
    assert got["features"] == ["partner_network", "recommendations", "session_preparation"]


def test_who_is_erased_is_charged_no_more_and_leaves_nothing_here(
    subscribing, pass_time, admin, set_clock
):
    subscribing.subscribe()
    ask(subscribing.backend, "ann")
    set_clock(datetime.now(UTC) + timedelta(days=8))
    for _ in range(2):
        subscribing.backend.tick("privacy_sweep_erasures")
        subscribing.backend.run_tasks()
    (subscription,) = subscribing.api("GET", "/v1/subscriptions?status=all")["data"]
    assert subscription["status"] == "canceled"

    pass_time(40)
    for collection in ("memberships", "entitlements", "customers"):
        assert list(admin.collection(collection).stream()) == []
    charged = [charge["amount"] for charge in subscribing.api("GET", "/v1/charges")["data"]]
    assert charged == []


def test_a_lost_trigger_is_made_up_for_by_the_sweep(subscribing, set_clock):
    assert subscribing.submit(subscribing.start()) == 303
    subscribing.mirror()
    assert subscribing.got()["active"] is False

    set_clock(datetime.now(UTC) + timedelta(minutes=3))
    subscribing.backend.tick("subscriptions_sweep_entitlements")

    assert subscribing.got()["active"] is True
