"""`subscriptions_start`: one page, one subscription, whoever asks how often."""

import re
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.support.errors import CallError
from tests.support.subscribing import PREMIUM


def open_pages(subscribing):
    return [s["id"] for s in subscribing.api("GET", "/v1/checkout/sessions?status=open")["data"]]


def test_the_same_call_again_leads_to_the_same_page(subscribing):
    key = str(uuid4())

    assert subscribing.start(idempotencyKey=key) == subscribing.start(idempotencyKey=key)
    assert len(open_pages(subscribing)) == 1


def test_another_call_closes_the_page_before(subscribing):
    first, second = subscribing.start(), subscribing.start(price="premium_yearly_usd")

    assert len(open_pages(subscribing)) == 1
    assert (subscribing.submit(first), subscribing.submit(second)) == (410, 303)


def test_who_has_subscribed_cannot_do_so_again(subscribing):
    page = subscribing.start()
    assert subscribing.submit(page) == 303
    for _ in range(2):  # before it is known here, and after
        with pytest.raises(CallError) as refusal:
            subscribing.start(price="enterprise_monthly_usd", seats=10)
        assert refusal.value.details == {"reason": "subscribed"}
        subscribing.arrive()

    assert len(subscribing.api("GET", "/v1/subscriptions")["data"]) == 1


def test_of_two_at_once_one_page_stays_open(subscribing):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: subscribing.start(), range(2)))

    assert len(open_pages(subscribing)) == 1


def test_stripe_learns_which_membership_it_is_and_nothing_of_the_person(subscribing, stripe):
    membership_id = subscribing.subscribe()

    (subscription,) = subscribing.api("GET", "/v1/subscriptions")["data"]
    assert subscription["metadata"] == {"referenceKind": "membership", "referenceId": membership_id}
    sent = repr([call for call in stripe.calls() if call["method"] == "POST"])
    assert not re.search(r"\bann\b", sent)  # a random id may have these letters in it


def test_a_promotion_code_is_taken_on_the_page(subscribing, pass_time):
    coupon = subscribing.api("POST", "/v1/coupons", percent_off="50", duration="once")
    code = {"promotion[type]": "coupon", "promotion[coupon]": coupon["id"], "code": "HALF"}
    subscribing.api("POST", "/v1/promotion_codes", **code)
    page = subscribing.start()
    assert subscribing.submit(page, promotion_code="HALF") == 303
    pass_time(14.2)

    shown = subscribing.backend.call(
        "subscriptions_list_invoices", {"membershipId": page["membershipId"]}, uid="ann"
    )["items"]
    assert [invoice["totalCents"] for invoice in shown] == [1950, 0]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"price": "premium_weekly_usd"}, "priceKey"),
        ({"price": PREMIUM, "seats": 2}, "seats"),
        ({"price": "enterprise_monthly_usd", "seats": 9}, "seats"),
        ({"price": "enterprise_monthly_usd", "seats": 10_001}, "seats"),
    ],
)
def test_bad_requests_are_named_and_nothing_happens(subscribing, admin, wanted, field):
    with pytest.raises(CallError) as refusal:
        subscribing.start(**wanted)

    assert (refusal.value.status, refusal.value.fields) == ("INVALID_ARGUMENT", [field])
    assert open_pages(subscribing) == []
    assert list(admin.collection("memberships").stream()) == []


def test_while_the_catalogue_differs_nobody_subscribes(subscribing):
    (price,) = subscribing.api("GET", f"/v1/prices?lookup_keys[]={PREMIUM}")["data"]
    other = {"product": price["product"], "currency": "usd", "unit_amount": 3800}
    other |= {"recurring[interval]": "month", "lookup_key": PREMIUM, "transfer_lookup_key": "true"}
    subscribing.api("POST", "/v1/prices", **other)

    with pytest.raises(CallError) as refusal:
        subscribing.start()

    assert refusal.value.status == "UNAVAILABLE"
    subscribing.open()
    assert subscribing.start()["trialDays"] == 14
