"""Subscriptions: begun, listed, refused."""

import pytest
import stripe

from tests.sandbox.stripe.subscribers import HOUR, Club, ends


def test_a_first_payment_that_fails_leaves_it_incomplete(club: Club) -> None:
    customer = club.customer("pm_card_chargeCustomerFail")
    made = club.subscribe(customer, club.price())
    assert made.status == "incomplete"
    (invoice,) = club.invoices(made.id)
    assert (invoice.status, invoice.next_payment_attempt) == ("open", None)

    club.use(customer, "pm_card_visa")
    club.v1.invoices.pay(invoice.id)

    assert club.get(made.id).status == "active"


def test_what_stays_incomplete_expires_after_23_hours(club: Club) -> None:
    made = club.subscribe(club.customer("pm_card_chargeCustomerFail"), club.price())

    club.days(22.9 / 24)
    assert club.get(made.id).status == "incomplete"
    club.days(0.2 / 24)

    assert club.get(made.id).status == "incomplete_expired"
    (invoice,) = club.invoices(made.id)
    assert invoice.status == "void"
    club.days(60)
    assert len(club.invoices(made.id)) == 1


def test_default_incomplete_waits_for_its_payment_intent(club: Club) -> None:
    made = club.v1.subscriptions.create(
        {
            "customer": club.customer(None),
            "items": [{"price": club.price()}],
            "payment_behavior": "default_incomplete",
            "payment_settings": {"save_default_payment_method": "on_subscription"},
            "expand": ["latest_invoice.confirmation_secret", "latest_invoice.payments"],
        }
    )
    assert made.status == "incomplete"
    assert isinstance(made.latest_invoice, stripe.Invoice)
    assert made.latest_invoice.confirmation_secret is not None
    secret = made.latest_invoice.confirmation_secret.client_secret
    intent = secret.partition("_secret")[0]
    assert made.latest_invoice.payments is not None
    assert made.latest_invoice.payments.data[0].payment.payment_intent == intent
    with pytest.raises(stripe.CardError):
        club.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_chargeDeclined"})

    club.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})

    paid = club.get(made.id)
    assert paid.status == "active"
    (saved,) = club.v1.payment_methods.list({"customer": str(made.customer)}).data
    assert paid.default_payment_method == saved.id
    club.until(ends(made) + 2 * HOUR)
    assert [i.status for i in club.invoices(made.id)] == ["paid", "paid"]


def test_error_if_incomplete_creates_nothing(club: Club) -> None:
    customer = club.customer("pm_card_chargeCustomerFail")

    with pytest.raises(stripe.CardError):
        club.subscribe(customer, club.price(), payment_behavior="error_if_incomplete")

    assert club.v1.subscriptions.list({"customer": customer, "status": "all"}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        club.subscribe(club.customer(None), club.price())


def test_lists_by_customer_status_and_price(club: Club) -> None:
    customer, price = club.customer(), club.price()
    made = club.subscribe(customer, price)
    gone = club.subscribe(customer, club.price())
    club.v1.subscriptions.cancel(gone.id)

    def ids(**params: str) -> list[str]:
        return [s.id for s in club.v1.subscriptions.list(params).data]  # type: ignore[arg-type]

    assert ids(customer=customer) == [made.id]
    assert ids(customer=customer, status="all") == [gone.id, made.id]
    assert ids(status="canceled") == [gone.id]
    assert ids(price=price) == [made.id]
    assert ids(customer=club.customer()) == []


def test_a_deleted_customer_has_no_subscription(club: Club) -> None:
    customer = club.customer()
    made = club.subscribe(customer, club.price())

    deleted = club.v1.customers.delete(customer)

    assert deleted.deleted is True
    assert club.v1.customers.retrieve(customer).deleted is True
    assert club.get(made.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        club.subscribe(customer, club.price())
    club.days(60)
    assert len(club.invoices(made.id)) == 1
    assert "customer.deleted" in club.types("customer.")


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"items": [{"price": "price_none"}]}, "items[0][price]"),
        ({"items": []}, "items"),
        ({"customer": "cus_none"}, "customer"),
        ({"trial_end": 5}, "trial_end"),
        ({"cancel_at": 5}, "cancel_at"),
        ({"trial_period_days": 3, "trial_end": "now"}, "trial_period_days"),
        ({"default_payment_method": "pm_none"}, "payment_method"),
        ({"discounts": [{"coupon": "none"}]}, "discounts[0][coupon]"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_subscription_is_refused_by_name(
    club: Club, params: dict[str, object], param: str
) -> None:
    price, customer = club.price(), club.customer()
    wrong = {"customer": customer, "items": [{"price": price}]} | params

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        club.v1.subscriptions.create(wrong)  # type: ignore[arg-type]  # wrong on purpose

    assert refusal.value.param == param
    assert club.v1.subscriptions.list({"status": "all"}).data == []
    assert club.v1.invoices.list().data == []


def test_what_cannot_be_together_on_a_subscription(club: Club) -> None:
    once = club.v1.prices.create(
        {"product": club.product, "currency": "usd", "unit_amount": 500}
    ).id
    for other, param in (
        (once, "items[1][price]"),
        (club.price(500, "year"), "items"),
        (club.price(500, currency="eur"), "items"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            club.v1.subscriptions.create(
                {
                    "customer": club.customer(),
                    "items": [{"price": club.price()}, {"price": other}],
                }
            )
        assert refusal.value.param == param
    with pytest.raises(stripe.InvalidRequestError, match="three years"):
        club.price(500, "month", 37)
