"""Changes of plan, interval and seats, and the invoices that they bring."""

import pytest

from tests.support.errors import CallError
from tests.support.giving import MONTH_DAYS


def change(subscribing, membership_id, price, *, uid="ann", name="change", **wanted):
    fields = {"membershipId": membership_id, "priceKey": price, **wanted}
    if name == "preview_change":
        return subscribing.backend.call(f"subscriptions_{name}", fields, uid=uid)
    return subscribing.ask(name, uid, **fields)


def paid(subscribing):
    return sum(invoice["amount_paid"] for invoice in subscribing.api("GET", "/v1/invoices")["data"])


@pytest.fixture
def member(subscribing, pass_time):
    """Somebody who pays for Premium by the month; its id."""
    membership_id = subscribing.subscribe()
    pass_time(14.2)
    assert paid(subscribing) == 3900
    return membership_id


def test_more_is_paid_at_once_as_the_preview_said(subscribing, member, pass_time):
    pass_time(10)
    preview = change(subscribing, member, "enterprise_monthly_usd", seats=10, name="preview_change")
    assert preview["dueNowCents"] == preview["totalCents"] > 0
    change(subscribing, member, "enterprise_monthly_usd", seats=10)
    subscribing.arrive()

    assert paid(subscribing) == 3900 + preview["dueNowCents"]
    got = subscribing.got()
    assert (got["plan"], got["items"][0]["seats"]) == ("enterprise", 10)
    assert "organization" in got["features"]


def test_less_is_credited_and_not_paid_out(subscribing, member, pass_time):
    change(subscribing, member, "enterprise_monthly_usd", seats=20)
    subscribing.arrive()
    before = paid(subscribing)
    pass_time(5)
    preview = change(subscribing, member, "enterprise_monthly_usd", seats=10, name="preview_change")
    assert (preview["dueNowCents"], preview["totalCents"] < 0) == (0, True)
    change(subscribing, member, "enterprise_monthly_usd", seats=10)
    subscribing.arrive()
    assert (paid(subscribing), subscribing.got()["items"][0]["seats"]) == (before, 10)

    pass_time(MONTH_DAYS)
    assert paid(subscribing) == before + 29_000 + preview["totalCents"]


def test_a_year_can_be_paid_instead_of_months(subscribing, member):
    preview = change(subscribing, member, "premium_yearly_usd", name="preview_change")
    change(subscribing, member, "premium_yearly_usd")
    subscribing.arrive()

    assert paid(subscribing) == 3900 + preview["dueNowCents"]
    assert 35_000 < preview["dueNowCents"] <= 39_000
    assert subscribing.got()["items"][0]["interval"] == "year"


def test_the_same_again_costs_nothing(subscribing, member):
    preview = change(subscribing, member, "premium_monthly_usd", name="preview_change")
    change(subscribing, member, "premium_monthly_usd")

    assert (preview["dueNowCents"], paid(subscribing)) == (0, 3900)


def test_a_declined_card_leaves_everything_as_it_is(subscribing, member):
    (subscription,) = subscribing.api("GET", "/v1/subscriptions")["data"]
    card = {"customer": subscription["customer"]}
    bad = subscribing.api("POST", "/v1/payment_methods/pm_card_chargeCustomerFail/attach", **card)
    where = f"/v1/subscriptions/{subscription['id']}"
    subscribing.api("POST", where, default_payment_method=bad["id"])

    with pytest.raises(CallError) as refusal:
        change(subscribing, member, "enterprise_monthly_usd", seats=10)

    assert refusal.value.details == {"reason": "card_declined"}
    subscribing.arrive()
    assert (subscribing.got()["plan"], paid(subscribing)) == ("premium", 3900)


@pytest.mark.parametrize("name", ["change", "preview_change"])
def test_what_a_subscription_does_not_allow_is_refused(subscribing, pass_time, name):
    membership_id = subscribing.subscribe(method="pm_card_chargeCustomerFail")

    def refused(price="premium_yearly_usd", **options):
        with pytest.raises(CallError) as refusal:
            change(subscribing, membership_id, price, name=name, **options)
        return refusal.value

    assert refused("enterprise_monthly_usd", seats=10).details == {"reason": "trial"}
    assert refused("partner_monthly_usd").fields == ["priceKey"]
    assert refused(uid="bob").status == "NOT_FOUND"
    subscribing.ask("cancel", membershipId=membership_id)
    assert refused().details == {"reason": "ending"}
    subscribing.ask("resume", membershipId=membership_id)
    pass_time(14.2)
    assert refused().details == {"reason": "unpaid"}
    subscribing.ask("cancel", membershipId=membership_id)
    pass_time(40)
    assert refused().details == {"reason": "ended"}


def test_a_membership_without_a_subscription_has_nothing_to_change(subscribing):
    page = subscribing.start()

    for name in ("cancel", "resume"):
        with pytest.raises(CallError) as refusal:
            subscribing.ask(name, membershipId=page["membershipId"])
        assert refusal.value.details == {"reason": "not_subscribed"}


def test_what_is_not_yours_is_not_there(subscribing):
    membership_id = subscribing.subscribe()

    for name in ("cancel", "resume"):
        with pytest.raises(CallError) as refusal:
            subscribing.ask(name, "bob", membershipId=membership_id)
        assert refusal.value.status == "NOT_FOUND"
    request = {"membershipId": membership_id}
    with pytest.raises(CallError) as refusal:
        subscribing.backend.call("subscriptions_list_invoices", request, uid="bob")
    assert refusal.value.status == "NOT_FOUND"


def test_invoices_come_newest_first_page_by_page(subscribing, member, pass_time):
    pass_time(MONTH_DAYS)
    pass_time(MONTH_DAYS)
    request, shown = {"membershipId": member, "limit": 3}, []
    while True:
        page = subscribing.backend.call("subscriptions_list_invoices", request, uid="ann")
        shown += page["items"]
        if page["nextCursor"] is None:
            break
        request["cursor"] = page["nextCursor"]

    assert [invoice["totalCents"] for invoice in shown] == [3900, 3900, 3900, 0]
    assert [invoice["state"] for invoice in shown] == ["paid"] * 4
    assert all(invoice["pageUrl"] and invoice["number"] for invoice in shown)


def test_the_catalogue_is_made_once_and_a_new_amount_moves_its_key(
    subscribing, stripe, monkeypatch
):
    from app.platform.subscriptions.models.plans import PriceKey
    from app.platform.subscriptions.policy.plans import PRICES

    before = subscribing.api("GET", "/v1/prices")["data"]
    membership_id = subscribing.subscribe()
    subscribing.open()
    assert subscribing.api("GET", "/v1/prices")["data"] == before
    assert {price["lookup_key"] for price in before} == set(PriceKey)
    assert len(subscribing.api("GET", "/v1/products")["data"]) == 3

    dearer = PRICES[PriceKey.PREMIUM_MONTHLY].model_copy(update={"unit_amount_cents": 4900})
    monkeypatch.setitem(PRICES, PriceKey.PREMIUM_MONTHLY, dearer)
    subscribing.open()
    subscribing.open()
    found = subscribing.api("GET", "/v1/prices")["data"]
    (new,) = [price for price in found if price["lookup_key"] == PriceKey.PREMIUM_MONTHLY]
    assert (new["unit_amount"], len(found)) == (4900, len(before) + 1)

    subscribing.ask("cancel", membershipId=membership_id)  # an event, and a new look
    subscribing.arrive()
    (shown,) = subscribing.got()["items"]
    assert (shown["plan"], shown["priceCents"]) == ("premium", 3900)
