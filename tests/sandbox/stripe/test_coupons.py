"""Coupons and promotion codes: on subscriptions and at Checkout."""

from typing import Any

import pytest
import requests
import stripe

from tests.sandbox.stripe.subscribers import DAY, HOUR, Club, ends
from tests.support.patience import SOON_SECONDS


def coupon(club: Club, **params: Any) -> str:
    wanted: Any = {"percent_off": 25, **params}
    return club.v1.coupons.create(wanted).id


def code(club: Club, coupon_id: str, **params: Any) -> stripe.PromotionCode:
    wanted: Any = {"promotion": {"type": "coupon", "coupon": coupon_id}, **params}
    return club.v1.promotion_codes.create(wanted)


@pytest.mark.parametrize(
    ("terms", "totals"),
    [
        ({"duration": "once"}, [750, 1000, 1000, 1000]),
        ({"duration": "repeating", "duration_in_months": 2}, [750, 750, 1000, 1000]),
        ({"duration": "forever"}, [750, 750, 750, 750]),
    ],
)
def test_a_discount_lasts_as_long_as_its_coupon_says(
    club: Club, terms: dict[str, Any], totals: list[int]
) -> None:
    wanted = [{"coupon": coupon(club, **terms)}]
    made = club.subscribe(club.customer(), club.price(1000), discounts=wanted)

    club.until(made.created + 95 * DAY)

    invoices = club.invoices(made.id)
    assert [i.total for i in invoices] == totals
    assert [i.amount_paid for i in invoices] == totals
    assert {i.subtotal for i in invoices} == {1000}
    left = club.get(made.id).discounts
    assert len(left) == (1 if terms["duration"] == "forever" else 0)
    assert len(club.types("customer.discount.deleted")) == 1 - len(left)


def test_the_expanded_discount_names_coupon_and_code(club: Club) -> None:
    friends = coupon(club, duration="forever")
    promotion = code(club, friends, code="FRIENDS")
    made = club.subscribe(
        club.customer(),
        club.price(),
        discounts=[{"promotion_code": promotion.id}],
        expand=["discounts.source.coupon", "latest_invoice.discounts"],
    )

    (discount,) = made.discounts
    assert isinstance(discount, stripe.Discount)
    assert discount.promotion_code == promotion.id
    assert isinstance(discount.source.coupon, stripe.Coupon)
    assert (discount.source.coupon.id, discount.subscription) == (friends, made.id)
    assert club.v1.promotion_codes.retrieve(promotion.id).times_redeemed == 1
    assert club.v1.coupons.retrieve(friends).times_redeemed == 1


def test_an_amount_off_never_exceeds_what_is_due(club: Club) -> None:
    off = club.v1.coupons.create({"amount_off": 5000, "currency": "usd"}).id
    made = club.subscribe(club.customer(None), club.price(1000), discounts=[{"coupon": off}])

    (invoice,) = club.invoices(made.id)
    assert (made.status, invoice.status, invoice.total) == ("active", "paid", 0)


def test_codes_are_found_in_any_case_and_only_once_active(club: Club) -> None:
    promotion = code(club, coupon(club), code="Spring")

    assert [c.id for c in club.v1.promotion_codes.list({"code": "SPRING"}).data] == [promotion.id]
    with pytest.raises(stripe.InvalidRequestError) as taken:
        code(club, coupon(club), code="spring")
    assert taken.value.param == "code"
    club.v1.promotion_codes.update(promotion.id, {"active": False})
    code(club, coupon(club), code="spring")


def test_what_is_used_up_over_or_not_for_this_customer_is_refused(club: Club) -> None:
    price, customer = club.price(), club.customer()
    once = code(club, coupon(club), max_redemptions=1)
    over = code(club, coupon(club), expires_at=club.now() + 60)
    first = code(club, coupon(club), restrictions={"first_time_transaction": True})
    other = code(club, coupon(club), customer=club.customer())
    larger = code(
        club,
        coupon(club),
        restrictions={"minimum_amount": 1001, "minimum_amount_currency": "usd"},
    )
    club.subscribe(customer, price, discounts=[{"promotion_code": once.id}])
    club.days(1)

    assert club.v1.promotion_codes.retrieve(once.id).active is False
    for used in (once, over, first, other, larger):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            club.subscribe(customer, price, discounts=[{"promotion_code": used.id}])
        assert refusal.value.param == "promotion_code"
    stranger = club.customer()
    club.subscribe(stranger, price, discounts=[{"promotion_code": first.id}])
    gone = coupon(club, redeem_by=club.now() + 60)
    club.days(1)
    with pytest.raises(stripe.InvalidRequestError) as expired:
        club.subscribe(customer, price, discounts=[{"coupon": gone}])
    assert expired.value.code == "coupon_expired"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, "percent_off"),
        ({"percent_off": 10, "amount_off": 5, "currency": "usd"}, "percent_off"),
        ({"percent_off": 101}, "percent_off"),
        ({"percent_off": 0}, "percent_off"),
        ({"amount_off": 5}, "currency"),
        ({"percent_off": 10, "duration": "repeating"}, "duration_in_months"),
        ({"percent_off": 10, "duration_in_months": 3}, "duration_in_months"),
    ],
)
def test_a_coupon_without_sense_is_refused(club: Club, params: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        club.v1.coupons.create(params)  # type: ignore[arg-type]  # wrong on purpose
    assert refusal.value.param == param
    assert club.v1.coupons.list().data == []


def test_a_deleted_coupon_goes_on_where_it_is_in_use(club: Club) -> None:
    off = coupon(club, duration="forever")
    made = club.subscribe(club.customer(), club.price(1000), discounts=[{"coupon": off}])

    assert club.v1.coupons.delete(off).deleted is True
    club.until(ends(made) + 2 * HOUR)

    assert [i.total for i in club.invoices(made.id)] == [750, 750]
    with pytest.raises(stripe.InvalidRequestError):
        club.v1.coupons.retrieve(off)


def test_a_code_is_typed_on_the_page(club: Club) -> None:
    promotion = code(club, coupon(club), code="SPRING")
    session = club.shop.session(cents=4000, allow_promotion_codes=True)
    assert session.url is not None
    assert 'name="promotion_code"' in requests.get(session.url, timeout=SOON_SECONDS).text
    assert club.shop.pay(session.url, promotion_code="WINTER").status_code == 400
    shown = club.shop.pay(session.url, promotion_code="spring", action="apply")
    assert (shown.status_code, "30.00 USD" in shown.text) == (200, True)

    assert club.shop.pay(session.url).status_code == 303

    paid = club.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (paid.amount_subtotal, paid.amount_total) == (4000, 3000)
    assert paid.total_details is not None
    assert paid.total_details.amount_discount == 1000
    assert paid.discounts is not None
    assert paid.discounts[0].promotion_code == promotion.id
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert paid.payment_intent.amount_received == 3000
    assert club.v1.promotion_codes.retrieve(promotion.id).times_redeemed == 1


def test_the_page_takes_no_code_that_nobody_offered(club: Club) -> None:
    code(club, coupon(club), code="SPRING")
    session = club.shop.session(cents=4000)

    assert club.shop.pay(session.url, promotion_code="SPRING").status_code == 400
    assert club.v1.checkout.sessions.retrieve(session.id).amount_total == 4000


def test_a_gift_that_costs_nothing_needs_no_payment(club: Club) -> None:
    free = coupon(club, percent_off=100)
    session = club.shop.session(cents=4000, discounts=[{"coupon": free}])

    assert club.shop.pay(session.url).status_code == 303

    done = club.v1.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    assert (done.amount_total, done.payment_intent) == (0, None)


def test_a_subscription_from_the_page_keeps_its_discount(club: Club) -> None:
    off = coupon(club, duration="forever")
    session = club.shop.session(
        mode="subscription",
        line_items=[{"price": club.price(1000), "quantity": 2}],
        discounts=[{"coupon": off}],
    )
    assert session.amount_total == 1500
    club.shop.pay(session.url)

    made = club.get(str(club.v1.checkout.sessions.retrieve(session.id).subscription))
    club.until(ends(made) + 2 * HOUR)

    assert [i.amount_paid for i in club.invoices(made.id)] == [1500, 1500]
