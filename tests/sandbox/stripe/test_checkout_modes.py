"""Checkout beyond one payment: subscriptions, saved cards, customers that it creates."""

from typing import Any

import pytest
import requests
import stripe

from tests.sandbox.stripe.subscribers import DAY, HOUR, Club, ends
from tests.support.patience import SOON_SECONDS


def opened(club: Club, **more: Any) -> stripe.checkout.Session:
    """Open a page that sells a subscription."""
    items = [{"price": club.price(1000), "quantity": 1}]
    return club.shop.session(**{"mode": "subscription", "line_items": items} | more)


def done(club: Club, session: stripe.checkout.Session) -> stripe.checkout.Session:
    return club.v1.checkout.sessions.retrieve(session.id)


def test_paying_begins_the_subscription(club: Club) -> None:
    session = opened(club, subscription_data={"metadata": {"giftId": "gift_1"}})
    assert session.url is not None
    assert "10.00 USD every month" in requests.get(session.url, timeout=SOON_SECONDS).text
    assert session.subscription is None

    assert club.shop.pay(session.url).status_code == 303

    paid = done(club, session)
    assert (paid.status, paid.payment_status, paid.payment_intent) == ("complete", "paid", None)
    made = club.get(str(paid.subscription))
    assert (made.status, made.customer) == ("active", paid.customer)
    assert made.metadata.to_dict() == {"giftId": "gift_1"}
    assert paid.invoice == made.latest_invoice
    assert made.default_payment_method is not None
    customer = club.v1.customers.retrieve(str(paid.customer))
    assert (customer.email, customer.name) == ("a@b.test", "Ada")
    assert club.types("checkout.session.completed", "customer.subscription.created") == [
        "customer.subscription.created",
        "checkout.session.completed",
    ]
    club.until(ends(made) + 2 * HOUR)
    assert [i.status for i in club.invoices(made.id)] == ["paid", "paid"]


def test_a_declined_card_begins_nothing(club: Club) -> None:
    session = opened(club)

    for method in ("pm_card_chargeDeclined", "pm_card_chargeCustomerFail"):
        assert club.shop.pay(session.url, method).status_code == 402

    assert done(club, session).status == "open"
    assert club.v1.subscriptions.list({"status": "all"}).data == []
    assert club.v1.customers.list().data == []
    assert club.shop.pay(session.url).status_code == 303


def test_a_trial_needs_a_card_but_no_payment(club: Club) -> None:
    customer = club.customer(None, name="Ada")
    session = opened(club, customer=customer, subscription_data={"trial_period_days": 14})
    assert session.amount_total == 0
    assert club.shop.pay(session.url, "pm_card_chargeDeclined").status_code == 402

    assert club.shop.pay(session.url, email="", name="").status_code == 303

    paid = done(club, session)
    assert (paid.payment_status, paid.customer) == ("no_payment_required", customer)
    made = club.get(str(paid.subscription))
    assert (made.status, made.trial_end) == ("trialing", made.created + 14 * DAY)
    club.until(made.created + 14 * DAY + 2 * HOUR)
    assert [i.amount_paid for i in club.invoices(made.id)] == [0, 1000]


def test_a_price_can_be_made_for_one_page(club: Club) -> None:
    data = {
        "currency": "usd",
        "unit_amount": 2500,
        "product_data": {"name": "Monthly gift"},
        "recurring": {"interval": "month"},
    }
    session = opened(club, line_items=[{"quantity": 1, "price_data": data}])

    club.shop.pay(session.url)

    made = club.get(str(done(club, session).subscription))
    club.until(ends(made) + 2 * HOUR)
    assert [i.amount_paid for i in club.invoices(made.id)] == [2500, 2500]


def test_a_bank_debit_is_decided_days_later(club: Club) -> None:
    session = opened(club, payment_method_types=["card", "us_bank_account"])

    assert club.shop.pay(session.url, "pm_usBankAccount").status_code == 303

    paid = done(club, session)
    made = club.get(str(paid.subscription))
    assert (paid.payment_status, made.status) == ("unpaid", "active")
    assert club.invoices(made.id)[0].status == "open"
    club.days(4)
    assert done(club, session).payment_status == "paid"
    assert club.invoices(made.id)[0].status == "paid"
    assert "checkout.session.async_payment_succeeded" in club.types("checkout.")


def test_saving_a_card(club: Club) -> None:
    customer = club.customer(None)
    session = club.v1.checkout.sessions.create(
        {
            "mode": "setup",
            "customer": customer,
            "success_url": "http://shop.test/saved",
            "setup_intent_data": {"metadata": {"giftId": "gift_1"}},
        }
    )
    assert (session.payment_status, session.amount_total) == ("no_payment_required", None)
    assert club.shop.pay(session.url, "pm_card_chargeDeclined").status_code == 402

    assert club.shop.pay(session.url, "pm_card_mastercard").status_code == 303

    intent = club.v1.setup_intents.retrieve(str(done(club, session).setup_intent))
    assert (intent.status, intent.customer) == ("succeeded", customer)
    assert intent.metadata is not None
    assert intent.metadata.to_dict() == {"giftId": "gift_1"}
    (saved,) = club.v1.customers.payment_methods.list(customer).data
    assert saved.id == intent.payment_method
    assert saved.card is not None
    assert saved.card.last4 == "4444"
    assert club.v1.charges.list().data == []


def test_a_card_can_be_kept_from_a_payment(club: Club) -> None:
    session = club.shop.session(payment_intent_data={"setup_future_usage": "off_session"})
    assert club.shop.pay(session.url, "pm_card_chargeDeclined").status_code == 402
    assert club.v1.customers.list().data == []

    club.shop.pay(session.url)

    paid = done(club, session)
    customer = str(paid.customer)
    (saved,) = club.v1.payment_methods.list({"customer": customer, "type": "card"}).data
    again = club.v1.payment_intents.create(
        {
            "amount": 500,
            "currency": "usd",
            "customer": customer,
            "payment_method": saved.id,
            "off_session": True,
            "confirm": True,
        }
    )
    assert (again.status, again.payment_method) == ("succeeded", saved.id)
    with pytest.raises(stripe.InvalidRequestError, match="does not belong"):
        club.v1.payment_intents.create(
            {"amount": 500, "currency": "usd", "payment_method": saved.id, "confirm": True}
        )


@pytest.mark.parametrize(("creation", "made"), [("always", 1), ("if_required", 0)])
def test_a_customer_is_created_where_asked_for(club: Club, creation: str, made: int) -> None:
    session = club.shop.session(customer_creation=creation)

    club.shop.pay(session.url)

    assert len(club.v1.customers.list().data) == made
    assert (done(club, session).customer is not None) == bool(made)


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"mode": "subscription"}, "line_items[0][price]"),
        ({"mode": "setup"}, "line_items"),
        ({"subscription_data": {"trial_period_days": 3}}, "subscription_data"),
        ({"mode": "subscription", "payment_intent_data": {"description": "x"}}, None),
        ({"discounts": [{"coupon": "none"}]}, "discounts[0][coupon]"),
        ({"discounts": [{"coupon": "a", "promotion_code": "b"}]}, "discounts[0]"),
        ({"allow_promotion_codes": True, "discounts": [{"coupon": "a"}]}, None),
        ({"customer_creation": "always", "mode": "subscription"}, "customer_creation"),
    ],
)
def test_what_does_not_fit_the_mode_is_refused(
    club: Club, more: dict[str, Any], param: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        club.shop.session(**more)

    assert param is None or refusal.value.param == param
    assert club.v1.checkout.sessions.list().data == []


def test_an_expired_page_begins_nothing(club: Club) -> None:
    session = opened(club)
    club.v1.checkout.sessions.expire(session.id)

    assert club.shop.pay(session.url).status_code == 410
    assert club.v1.subscriptions.list({"status": "all"}).data == []
