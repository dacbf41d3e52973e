"""Checkout: from the session through the hosted page to the payment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import stripe

from tests.sandbox.stripe.shop import Shop
from tests.support.patience import SOON_SECONDS


def test_a_customer_pays(shop: Shop) -> None:
    opened = shop.session(
        cents=2500,
        client_reference_id="gift_1",
        metadata={"giftId": "gift_1"},
        payment_intent_data={"metadata": {"giftId": "gift_1"}, "description": "A gift"},
    )
    assert (opened.status, opened.payment_status, opened.payment_intent) == ("open", "unpaid", None)
    assert (opened.amount_total, opened.currency) == (2500, "usd")

    reply = shop.pay(opened.url)

    assert reply.status_code == 303
    assert reply.headers["Location"] == f"http://shop.test/thanks?session={opened.id}"
    paid = shop.v1.checkout.sessions.retrieve(
        opened.id, {"expand": ["line_items", "payment_intent.latest_charge"]}
    )
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.client_reference_id == "gift_1"
    assert paid.metadata is not None
    assert paid.metadata.to_dict() == {"giftId": "gift_1"}
    assert paid.customer_details is not None
    assert (paid.customer_details.email, paid.customer_details.name) == ("a@b.test", "Ada")
    assert paid.line_items is not None
    assert [item.amount_total for item in paid.line_items.data] == [2500]
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.amount_received) == ("succeeded", 2500)
    assert (intent.metadata.to_dict(), intent.description) == ({"giftId": "gift_1"}, "A gift")
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.paid, charge.amount_captured) == (True, 2500)
    assert charge.billing_details.email == "a@b.test"


def test_the_events_of_a_payment(shop: Shop) -> None:
    shop.pay(shop.session().url)
    shop.control("clock", advanceSeconds=1)

    listed = [event.type for event in shop.v1.events.list().data]
    assert listed[::-1] == [
        "product.created",
        "price.created",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    ]
    received = shop.endpoint.until(lambda events: len(events) == len(listed))
    assert sorted(event["type"] for event in received) == sorted(listed)


def test_prices_from_the_catalogue(shop: Shop) -> None:
    product = shop.v1.products.create({"name": "Bus pass"})
    price = shop.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 3500})

    session = shop.session(line_items=[{"price": price.id, "quantity": 3}])

    assert session.amount_total == 10_500
    items = shop.v1.checkout.sessions.line_items.list(session.id).data
    assert [(item.description, item.quantity) for item in items] == [("Bus pass", 3)]


def test_the_page_shows_what_is_sold(shop: Shop) -> None:
    session = shop.session(cents=123_456, customer_email="o'neil@b.test")
    assert session.url is not None

    page = requests.get(session.url, timeout=SOON_SECONDS)

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Food &lt;box&gt; x 1" in page.text
    assert "1,234.56 USD" in page.text
    assert 'value="o&#x27;neil@b.test"' in page.text
    assert "pm_card_chargeDeclinedInsufficientFunds" in page.text


def test_the_page_offers_only_the_allowed_methods(shop: Shop) -> None:
    session = shop.session(payment_method_types=["card"])
    assert session.url is not None

    assert "pm_usBankAccount" not in requests.get(session.url, timeout=SOON_SECONDS).text
    assert shop.pay(session.url, "pm_usBankAccount").status_code == 400


def test_a_declined_card_leaves_the_session_open(shop: Shop) -> None:
    session = shop.session()

    declined = shop.pay(session.url, "pm_card_chargeDeclinedInsufficientFunds")

    assert declined.status_code == 402
    assert "insufficient_funds" in declined.text
    assert shop.pay(session.url).status_code == 303
    paid = shop.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert paid.payment_intent.last_payment_error is None
    charges = shop.v1.charges.list({"payment_intent": paid.payment_intent.id}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]


@pytest.mark.parametrize("form", [{"email": ""}, {"name": ""}, {"payment_method": "pm_none"}])
def test_an_incomplete_form_charges_nothing(shop: Shop, form: dict[str, str]) -> None:
    session = shop.session()

    assert shop.pay(session.url, **form).status_code == 400

    assert shop.v1.charges.list().data == []
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_cancelling_goes_back_and_leaves_the_session_open(shop: Shop) -> None:
    session = shop.session()

    reply = shop.pay(session.url, action="cancel")

    assert (reply.status_code, reply.headers["Location"]) == (303, "http://shop.test/cart")
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_paying_twice_charges_once(shop: Shop) -> None:
    session = shop.session()
    with ThreadPoolExecutor(4) as customers:
        replies = list(customers.map(lambda _: shop.pay(session.url), range(4)))

    assert sorted(reply.status_code for reply in replies) == [303, 409, 409, 409]
    assert "This payment is complete" in shop.pay(session.url).text
    assert len(shop.v1.charges.list().data) == 1


def test_an_expired_session_cannot_be_paid(shop: Shop) -> None:
    session = shop.session()
    shop.pay(session.url, "pm_card_chargeDeclined")

    expired = shop.v1.checkout.sessions.expire(session.id)

    assert (expired.status, expired.url) == ("expired", None)
    assert shop.pay(session.url).status_code == 410
    intent = shop.v1.payment_intents.retrieve(str(expired.payment_intent))
    assert intent.status == "canceled"
    shop.endpoint.until_type("checkout.session.expired")
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        shop.v1.checkout.sessions.expire(session.id)


def test_a_session_expires_by_itself(shop: Shop) -> None:
    at = shop.control("status")["now"]
    session = shop.session(expires_at=at + 1800)

    shop.control("clock", advanceSeconds=1790)
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "open"
    shop.control("clock", advanceSeconds=11)

    assert shop.v1.checkout.sessions.retrieve(session.id).status == "expired"


@pytest.mark.parametrize(
    ("method", "ends"),
    [
        ("pm_usBankAccount", ("paid", "succeeded", "async_payment_succeeded")),
        (
            "pm_usBankAccount_insufficientFunds",
            ("unpaid", "requires_payment_method", "async_payment_failed"),
        ),
    ],
)
def test_a_bank_debit_is_decided_days_later(
    shop: Shop, method: str, ends: tuple[str, str, str]
) -> None:
    session = shop.session()

    assert shop.pay(session.url, method).status_code == 303

    started = shop.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert isinstance(started.payment_intent, stripe.PaymentIntent)
    assert (started.status, started.payment_status) == ("complete", "unpaid")
    assert started.payment_intent.status == "processing"
    shop.control("clock", advanceSeconds=4 * 86_400)
    decided = shop.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert isinstance(decided.payment_intent, stripe.PaymentIntent)
    assert (decided.payment_status, decided.payment_intent.status) == ends[:2]
    shop.endpoint.until_type(f"checkout.session.{ends[2]}")


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"mode": "barter"}, "mode"),
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"line_items": [{"price": "price_none", "quantity": 1}]}, "line_items[0][price]"),
        ({"line_items": [{"quantity": 1}]}, "line_items[0]"),
        ({"line_items": [{"price": "p"}]}, "line_items[0][quantity]"),
        ({"line_items": [{"price": "p", "quantity": 0}]}, "line_items[0][quantity]"),
        ({"line_items": [{"price": "p", "quantity": 1, "amount": 5}]}, "line_items[0][amount]"),
        ({"cents": 49}, "line_items"),
        ({"cents": 100_000_000}, "line_items"),
        ({"cents": -1}, "unit_amount"),
        ({"expires_at": 1}, "expires_at"),
        ({"customer": "cus_none"}, "customer"),
        ({"discount": "all"}, "discount"),
        ({"metadata": {"k" * 41: "v"}}, f"metadata[{'k' * 41}]"),
        ({"metadata": {"k": "v" * 501}}, "metadata[k]"),
    ],
)
def test_a_wrong_session_is_refused_by_name(
    shop: Shop, more: dict[str, object], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.session(**more)  # type: ignore[arg-type]  # wrong on purpose

    assert refusal.value.http_status == 400
    assert refusal.value.param == param
    assert shop.v1.checkout.sessions.list().data == []


def test_an_unknown_page(shop: Shop) -> None:
    assert shop.pay(f"{shop.base}/c/pay/cs_test_none").status_code == 404
