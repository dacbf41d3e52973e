"""Changes in the middle of a period, credits, and previews of what comes next."""

import pytest
import stripe

from tests.sandbox.stripe.subscribers import DAY, HOUR, Club, ends, item_of


def test_what_was_paid_for_is_what_is_credited(club: Club) -> None:
    half = club.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    made = club.subscribe(
        club.customer(), club.price(3000, "day", 30), discounts=[{"coupon": half}]
    )
    club.v1.subscriptions.update(made.id, {"metadata": {"a": "b"}})
    club.until(made.created + 10 * DAY)

    club.v1.subscriptions.cancel(made.id, {"prorate": True, "invoice_now": True})

    assert [i.total for i in club.invoices(made.id)] == pytest.approx([1500, -1000], abs=1)


def test_a_dearer_price_is_discounted_for_the_rest_of_the_period(club: Club) -> None:
    half = club.v1.coupons.create({"percent_off": 50, "duration": "forever"}).id
    made = club.subscribe(
        club.customer(), club.price(3000, "day", 30), discounts=[{"coupon": half}]
    )
    club.until(made.created + 15 * DAY)

    club.v1.subscriptions.update(
        made.id,
        {
            "items": [{"id": item_of(made), "price": club.price(6000, "day", 30)}],
            "proration_behavior": "always_invoice",
        },
    )

    invoice = club.invoices(made.id)[-1]
    assert [line.amount for line in invoice.lines.data] == pytest.approx([-750, 1500], abs=1)
    assert invoice.total == invoice.amount_paid == pytest.approx(750, abs=1)


def test_cancelling_at_once_can_credit_what_is_left(club: Club) -> None:
    customer = club.customer()
    made = club.subscribe(customer, club.price(3000, "day", 30))
    club.until(made.created + 15 * DAY)

    ended = club.v1.subscriptions.cancel(made.id, {"prorate": True, "invoice_now": True})

    assert ended.status == "canceled"
    credit = club.invoices(made.id)[-1]
    assert (credit.status, credit.amount_due) == ("paid", 0)
    assert credit.total == pytest.approx(-1500, abs=1)
    assert club.v1.customers.retrieve(customer).balance == credit.total
    with pytest.raises(stripe.InvalidRequestError):
        club.v1.subscriptions.cancel(made.id)


def test_a_changed_price_is_settled_with_the_next_invoice(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price(3000, "day", 30))
    dearer = club.price(6000, "day", 30)
    club.until(made.created + 10 * DAY)

    club.v1.subscriptions.update(made.id, {"items": [{"id": item_of(made), "price": dearer}]})
    assert len(club.invoices(made.id)) == 1
    preview = club.v1.invoices.create_preview({"subscription": made.id})
    club.until(ends(made) + 2 * HOUR)

    invoice = club.invoices(made.id)[-1]
    amounts = [line.amount for line in invoice.lines.data]
    assert amounts == pytest.approx([-2000, 4000, 6000], abs=2)
    assert [line.amount for line in preview.lines.data] == amounts
    assert invoice.total == sum(amounts) == invoice.amount_paid == preview.total
    club.days(30)
    assert [line.amount for line in club.invoices(made.id)[-1].lines.data] == [6000]


def test_a_changed_quantity_can_be_settled_at_once(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price(3000, "day", 30))
    club.until(made.created + 15 * DAY)
    at = club.now()
    preview = club.v1.invoices.create_preview(
        {
            "subscription": made.id,
            "subscription_details": {
                "items": [{"id": item_of(made), "quantity": 3}],
                "proration_behavior": "always_invoice",
                "proration_date": at,
            },
        }
    )
    assert club.get(made.id).to_dict()["items"]["data"][0]["quantity"] == 1

    club.v1.subscriptions.update(
        made.id,
        {
            "items": [{"id": item_of(made), "quantity": 3}],
            "proration_behavior": "always_invoice",
            "proration_date": at,
        },
    )

    invoice = club.invoices(made.id)[-1]
    assert (invoice.billing_reason, invoice.status) == ("subscription_update", "paid")
    assert invoice.total == preview.total == pytest.approx(3000, abs=2)
    club.until(ends(made) + 2 * HOUR)
    assert club.invoices(made.id)[-1].total == 9000


def test_without_proration_only_the_next_period_is_dearer(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price(1000))
    club.days(10)
    club.v1.subscriptions.update(
        made.id,
        {
            "items": [{"id": item_of(made), "price": club.price(2000)}],
            "proration_behavior": "none",
        },
    )
    club.until(ends(made) + 2 * HOUR)

    assert [i.total for i in club.invoices(made.id)] == [1000, 2000]


def test_another_interval_begins_a_period_now(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price(3000, "day", 30))
    club.until(made.created + 15 * DAY)

    changed = club.v1.subscriptions.update(
        made.id, {"items": [{"id": item_of(made), "price": club.price(10_000, "year")}]}
    )

    assert ends(changed) - club.now() > 360 * DAY
    invoice = club.invoices(made.id)[-1]
    assert invoice.status == "paid"
    assert invoice.total == pytest.approx(8500, abs=1)
    club.days(60)
    assert len(club.invoices(made.id)) == 2
    club.until(ends(changed) + 2 * HOUR)
    assert [i.total for i in club.invoices(made.id)][2:] == [10_000]


def test_the_end_of_the_period_moves_with_the_period(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price(3000), cancel_at_period_end=True)

    changed = club.v1.subscriptions.update(
        made.id, {"items": [{"id": item_of(made), "price": club.price(10_000, "year")}]}
    )

    assert changed.cancel_at == ends(changed) > ends(made) + 300 * DAY
    club.until(ends(made) + DAY)
    assert club.get(made.id).status == "active"
    club.until(ends(changed) + 60)
    assert club.get(made.id).status == "canceled"


def test_a_preview_knows_when_a_discount_ends(club: Club) -> None:
    coupon = club.v1.coupons.create(
        {"percent_off": 50, "duration": "repeating", "duration_in_months": 1}
    )
    made = club.subscribe(club.customer(), club.price(), discounts=[{"coupon": coupon.id}])
    preview = club.v1.invoices.create_preview({"subscription": made.id})
    club.until(ends(made) + 2 * HOUR)

    assert [i.total for i in club.invoices(made.id)] == [500, preview.total] == [500, 1000]


def test_there_is_no_preview_of_what_is_going_to_end(club: Club) -> None:
    customer, price = club.customer(), club.price(1000)
    made = club.subscribe(customer, price, cancel_at_period_end=True)

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        club.v1.invoices.create_preview({"subscription": made.id})

    assert refusal.value.code == "invoice_upcoming_none"
    first = club.v1.invoices.create_preview(
        {"customer": customer, "subscription_details": {"items": [{"price": price}]}}
    )
    assert (first.total, first.parent) == (1000, None)
    assert len(club.v1.subscriptions.list({"customer": customer}).data) == 1


def test_a_credit_pays_for_what_comes_next(club: Club) -> None:
    customer = club.customer()
    made = club.subscribe(customer, club.price(9000, "day", 30))
    cheap = club.price(1000, "day", 30)
    club.until(made.created + 3 * DAY)
    club.v1.subscriptions.update(
        made.id,
        {
            "items": [{"id": item_of(made), "price": cheap}],
            "proration_behavior": "always_invoice",
        },
    )
    assert club.v1.customers.retrieve(customer).balance == pytest.approx(-7200, abs=1)

    club.until(ends(made) + 2 * HOUR)

    renewed = club.invoices(made.id)[-1]
    assert (renewed.status, renewed.total, renewed.amount_due) == ("paid", 1000, 0)
    assert renewed.ending_balance == club.v1.customers.retrieve(customer).balance
    assert renewed.ending_balance == renewed.starting_balance + 1000


def test_less_than_the_least_charge_is_owed_with_the_next_invoice(club: Club) -> None:
    customer = club.customer()
    made = club.subscribe(customer, club.price(30))
    assert made.status == "active"
    assert club.v1.customers.retrieve(customer).balance == 30

    club.until(ends(made) + 2 * HOUR)

    assert [i.amount_paid for i in club.invoices(made.id)] == [0, 60]
    assert club.v1.customers.retrieve(customer).balance == 0


def test_items_come_and_go(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price(3000, "day", 30))
    club.until(made.created + 15 * DAY)
    extra = club.price(600, "day", 30)

    changed = club.v1.subscriptions.update(made.id, {"items": [{"price": extra}]})
    first, second = changed.to_dict()["items"]["data"]
    assert second["current_period_end"] == first["current_period_end"]
    club.v1.subscriptions.update(made.id, {"items": [{"id": first["id"], "deleted": True}]})
    with pytest.raises(stripe.InvalidRequestError):
        club.v1.subscriptions.update(made.id, {"items": [{"id": second["id"], "deleted": True}]})
    club.until(ends(made) + 2 * HOUR)

    invoice = club.invoices(made.id)[-1]
    assert [line.amount for line in invoice.lines.data] == pytest.approx([300, -1500, 600], abs=1)
    assert invoice.amount_due == 0
