"""Trials: announced, ended, changed."""

import pytest

from tests.sandbox.stripe.subscribers import DAY, HOUR, Club, ends, item_of


def test_a_trial_is_announced_and_then_paid(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price(), trial_period_days=14)
    (free,) = club.invoices(made.id)
    assert (made.status, free.status, free.total) == ("trialing", "paid", 0)
    assert made.trial_end == made.created + 14 * DAY == ends(made)

    club.until(made.created + 11 * DAY - 60)
    assert club.types("customer.subscription.trial_will_end") == []
    club.until(made.created + 11 * DAY + 60)
    assert len(club.types("customer.subscription.trial_will_end")) == 1
    club.until(made.created + 14 * DAY + 2 * HOUR)

    assert club.get(made.id).status == "active"
    assert [i.amount_paid for i in club.invoices(made.id)] == [0, 1000]


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("create_invoice", "past_due"), ("cancel", "canceled"), ("pause", "paused")],
)
def test_a_trial_without_a_payment_method(club: Club, behavior: str, status: str) -> None:
    customer = club.customer(None)
    made = club.subscribe(
        customer,
        club.price(),
        trial_period_days=7,
        trial_settings={"end_behavior": {"missing_payment_method": behavior}},
    )
    club.days(7.1)
    assert club.get(made.id).status == status
    if status == "paused":
        club.use(customer, "pm_card_visa")
        resumed = club.v1.subscriptions.resume(made.id)
        assert resumed.status == "active"
        assert club.invoices(made.id)[-1].status == "paid"


def test_a_change_during_a_trial_costs_nothing_yet(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price(1000), trial_period_days=30)
    club.days(10)

    club.v1.subscriptions.update(
        made.id,
        {
            "items": [{"id": item_of(made), "price": club.price(2000), "quantity": 2}],
            "proration_behavior": "always_invoice",
        },
    )

    assert [i.total for i in club.invoices(made.id)] == [0]
    club.days(21)
    assert [i.total for i in club.invoices(made.id)] == [0, 4000]


def test_a_trial_can_be_made_longer(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price(), trial_period_days=10)
    club.days(5)
    longer = made.created + 20 * DAY

    changed = club.v1.subscriptions.update(made.id, {"trial_end": longer})

    assert (changed.status, changed.trial_end, ends(changed)) == ("trialing", longer, longer)
    club.until(longer - 60)
    assert club.get(made.id).status == "trialing"
    assert len(club.types("customer.subscription.trial_will_end")) == 1
    club.until(longer + 2 * HOUR)
    assert [i.amount_paid for i in club.invoices(made.id)] == [0, 1000]


def test_a_trial_can_be_ended_now(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price(), trial_period_days=30)
    club.days(3)

    changed = club.v1.subscriptions.update(made.id, {"trial_end": "now"})

    assert changed.status == "active"
    assert club.invoices(made.id)[-1].amount_paid == 1000
    club.until(ends(changed) + 2 * HOUR)
    assert [i.amount_paid for i in club.invoices(made.id)] == [0, 1000, 1000]
