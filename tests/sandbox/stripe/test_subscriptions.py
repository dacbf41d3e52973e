"""Subscriptions: from the first invoice through renewals and failures to the end."""

from datetime import UTC, datetime

import pytest
import stripe

from tests.sandbox.stripe.subscribers import DAY, HOUR, Club, ends, item_of


def test_a_paid_subscription_renews_with_money_that_moves(club: Club) -> None:
    customer = club.customer()
    made = club.subscribe(customer, club.price(1000), metadata={"giftId": "gift_1"})
    assert (made.status, made.customer, made.currency) == ("active", customer, "usd")

    club.until(ends(made) + 2 * HOUR)

    first, second = club.invoices(made.id)
    assert (first.billing_reason, second.billing_reason) == (
        "subscription_create",
        "subscription_cycle",
    )
    assert (first.status, second.status) == ("paid", "paid")
    assert (second.amount_due, second.amount_paid, second.total) == (1000, 1000, 1000)
    assert (second.period_start, second.period_end) == (made.created, ends(made))
    assert second.lines.data[0].period.start == ends(made)
    assert second.parent is not None
    details = second.parent.subscription_details
    assert details is not None
    assert details.subscription == made.id
    assert details.metadata is not None
    assert details.metadata.to_dict() == {"giftId": "gift_1"}
    assert [i.number for i in (first, second)] == [
        f"{customer[-8:].upper()}-000{n}" for n in (1, 2)
    ]
    (payment,) = club.v1.invoice_payments.list({"invoice": second.id}).data
    intent_id = payment.payment.payment_intent
    assert isinstance(intent_id, str)
    found = club.v1.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": intent_id}}
    )
    assert [p.invoice for p in found.data] == [second.id]
    intent = club.v1.payment_intents.retrieve(
        intent_id, {"expand": ["latest_charge.balance_transaction"]}
    )
    assert isinstance(intent.latest_charge, stripe.Charge)
    transaction = intent.latest_charge.balance_transaction
    assert isinstance(transaction, stripe.BalanceTransaction)
    assert (intent.amount_received, transaction.amount, transaction.net) == (1000, 1000, 941)
    assert intent.metadata.to_dict() == {}
    assert transaction.created - second.created == pytest.approx(HOUR, abs=2)


def test_a_renewal_is_a_draft_for_an_hour(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price())
    club.until(ends(made) + 60)
    renewed = club.get(made.id)
    draft = club.invoices(made.id)[-1]

    assert (renewed.status, draft.status, draft.number) == ("active", "draft", None)
    assert renewed.latest_invoice == draft.id
    assert draft.automatically_finalizes_at == ends(made) + HOUR
    assert ends(renewed) > ends(made)
    (event,) = (
        e
        for e in club.v1.events.list({"type": "customer.subscription.updated"}).data
        if "items" in e.to_dict()["data"]["previous_attributes"]
    )
    previous = event.to_dict()["data"]["previous_attributes"]
    assert previous["items"]["data"][0]["current_period_end"] == ends(made)


def test_years_pass_in_order(club: Club) -> None:
    at = int(datetime(2027, 1, 31, 12, tzinfo=UTC).timestamp())
    club.until(at)
    made = club.subscribe(club.customer(), club.price())

    club.days(3 * 365)

    invoices = club.invoices(made.id)
    assert len(invoices) == 36
    assert {i.status for i in invoices[:-1]} == {"paid"}
    started = [i.lines.data[0].period.start for i in invoices]
    days = [datetime.fromtimestamp(s, UTC).day for s in started[:5]]
    assert days == [31, 28, 31, 30, 31]
    assert [i.created for i in invoices] == started
    created = [e.created for e in club.v1.events.list({"limit": 100}).auto_paging_iter()]
    assert created == sorted(created, reverse=True)
    assert len(club.v1.charges.list({"limit": 100}).data) == len(
        [i for i in invoices if i.status == "paid"]
    )


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


@pytest.mark.parametrize("end", ["unpaid", "canceled", "past_due"])
def test_a_renewal_that_fails_is_tried_again_and_given_up(club: Club, end: str) -> None:
    club.shop.control("billing", retryDays=[3, 5, 7], exhausted=end)
    customer = club.customer()
    made = club.subscribe(customer, club.price())
    club.use(customer, "pm_card_chargeCustomerFail")
    begin = ends(made) + HOUR

    club.until(begin + 60)
    invoice = club.invoices(made.id)[-1]
    assert club.get(made.id).status == "past_due"
    assert (invoice.status, invoice.attempt_count) == ("open", 1)
    assert invoice.next_payment_attempt == begin + 3 * DAY
    club.until(begin + 5 * DAY + 60)
    invoice = club.invoices(made.id)[-1]
    assert (invoice.attempt_count, invoice.next_payment_attempt) == (3, begin + 7 * DAY)
    assert club.get(made.id).status == "past_due"
    club.until(begin + 7 * DAY + 60)

    assert club.get(made.id).status == end
    invoice = club.invoices(made.id)[-1]
    assert (invoice.status, invoice.attempt_count) == ("open", 4)
    assert invoice.next_payment_attempt is None
    assert club.types("invoice.payment_failed") == ["invoice.payment_failed"] * 4


@pytest.mark.parametrize("when", ["past_due", "unpaid"])
def test_paying_the_open_invoice_recovers(club: Club, when: str) -> None:
    customer = club.customer()
    made = club.subscribe(customer, club.price())
    club.use(customer, "pm_card_chargeCustomerFail")
    club.until(ends(made) + (2 * HOUR if when == "past_due" else 50 * DAY))
    assert club.get(made.id).status == when
    open_invoice = next(i for i in club.invoices(made.id) if i.status == "open")
    with pytest.raises(stripe.CardError):
        club.v1.invoices.pay(open_invoice.id)

    club.use(customer, "pm_card_visa")
    paid = club.v1.invoices.pay(open_invoice.id)

    assert (paid.status, paid.amount_remaining) == ("paid", 0)
    assert club.get(made.id).status == "active"
    assert club.v1.customers.retrieve(customer).delinquent is False
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        club.v1.invoices.pay(open_invoice.id)


def test_a_retry_recovers_by_itself(club: Club) -> None:
    customer = club.customer()
    made = club.subscribe(customer, club.price())
    club.use(customer, "pm_card_chargeCustomerFail")
    club.until(ends(made) + 2 * HOUR)

    club.use(customer, "pm_card_visa")
    club.days(3)

    assert club.get(made.id).status == "active"
    assert [i.status for i in club.invoices(made.id)] == ["paid", "paid"]


def test_only_the_latest_invoice_recovers(club: Club) -> None:
    customer = club.customer()
    made = club.subscribe(customer, club.price(1000, "day"))
    club.use(customer, "pm_card_chargeCustomerFail")
    club.days(2.5)
    _, older, latest = club.invoices(made.id)
    assert (older.status, latest.status) == ("open", "open")
    club.use(customer, "pm_card_visa")

    club.v1.invoices.pay(older.id)
    assert club.get(made.id).status == "past_due"
    club.v1.invoices.pay(latest.id)

    assert club.get(made.id).status == "active"


def test_what_was_paid_for_is_what_is_credited(club: Club) -> None:
    half = club.v1.coupons.create({"percent_off": 50, "duration": "once"}).id
    made = club.subscribe(
        club.customer(), club.price(3000, "day", 30), discounts=[{"coupon": half}]
    )
    club.v1.subscriptions.update(made.id, {"metadata": {"a": "b"}})
    club.until(made.created + 10 * DAY)

    club.v1.subscriptions.cancel(made.id, {"prorate": True, "invoice_now": True})

    assert [i.total for i in club.invoices(made.id)] == pytest.approx([1500, -1000], abs=1)


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


def test_cancelling_at_the_end_of_the_period(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price())
    changed = club.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})
    assert (changed.status, changed.cancel_at) == ("active", ends(made))
    assert changed.canceled_at is not None
    back = club.v1.subscriptions.update(made.id, {"cancel_at_period_end": False})
    assert (back.cancel_at, back.canceled_at) == (None, None)
    club.v1.subscriptions.update(made.id, {"cancel_at_period_end": True})

    club.until(ends(made) + 60)

    ended = club.get(made.id)
    assert (ended.status, ended.ended_at) == ("canceled", ends(made))
    assert len(club.invoices(made.id)) == 1
    assert club.types("customer.subscription.deleted") == ["customer.subscription.deleted"]
    with pytest.raises(stripe.InvalidRequestError):
        club.v1.subscriptions.update(made.id, {"cancel_at_period_end": False})


def test_cancelling_at_a_moment(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price())
    moment = made.created + 45 * DAY
    club.v1.subscriptions.update(made.id, {"cancel_at": moment})

    club.days(60)

    ended = club.get(made.id)
    assert (ended.status, ended.ended_at) == ("canceled", moment)
    assert len(club.invoices(made.id)) == 2


def test_what_is_canceled_is_not_charged_any_more(club: Club) -> None:
    customer = club.customer()
    made = club.subscribe(customer, club.price())
    club.use(customer, "pm_card_chargeCustomerFail")
    club.until(ends(made) + 2 * HOUR)
    club.v1.subscriptions.cancel(made.id)
    club.use(customer, "pm_card_visa")

    club.days(40)

    owed = club.invoices(made.id)[-1]
    assert (owed.status, owed.auto_advance, owed.next_payment_attempt) == ("open", False, None)
    assert [c.status for c in club.v1.charges.list().data] == ["failed", "succeeded"]
    assert club.v1.invoices.pay(owed.id).status == "paid"
    assert club.get(made.id).status == "canceled"


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


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("void", "void"), ("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible")],
)
def test_a_paused_collection(club: Club, behavior: str, status: str) -> None:
    made = club.subscribe(club.customer(), club.price())
    resumes = ends(made) + 5 * DAY
    club.v1.subscriptions.update(
        made.id,
        {"pause_collection": {"behavior": behavior, "resumes_at": resumes}},
    )
    club.until(ends(made) + 2 * DAY)
    assert club.get(made.id).status == "active"
    assert [i.status for i in club.invoices(made.id)] == ["paid", status]

    club.days(40)

    assert club.get(made.id).pause_collection is None
    assert [i.status for i in club.invoices(made.id)] == ["paid", status, "paid"]


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


def test_a_trial_can_be_ended_now(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price(), trial_period_days=30)
    club.days(3)

    changed = club.v1.subscriptions.update(made.id, {"trial_end": "now"})

    assert changed.status == "active"
    assert club.invoices(made.id)[-1].amount_paid == 1000
    club.until(ends(changed) + 2 * HOUR)
    assert [i.amount_paid for i in club.invoices(made.id)] == [0, 1000, 1000]


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


def test_an_invoice_keeps_the_metadata_that_it_was_finalized_with(club: Club) -> None:
    made = club.subscribe(club.customer(), club.price(), metadata={"termsId": "a", "x": "y"})
    club.until(ends(made) + 60)
    club.v1.subscriptions.update(made.id, {"metadata": {"termsId": "b", "x": ""}})
    club.days(1)
    club.v1.subscriptions.update(made.id, {"metadata": {"termsId": "c"}})

    snapshots = [
        i.to_dict()["parent"]["subscription_details"]["metadata"] for i in club.invoices(made.id)
    ]
    assert snapshots == [{"termsId": "a", "x": "y"}, {"termsId": "b"}]


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


def test_a_debit_that_fails_is_tried_again(club: Club) -> None:
    customer = club.customer("pm_usBankAccount_insufficientFunds")
    made = club.subscribe(customer, club.price())
    assert made.status == "active"
    club.days(3.9)
    (invoice,) = club.invoices(made.id)
    assert (invoice.status, invoice.attempt_count, invoice.attempted) == ("open", 0, False)

    club.days(0.2)
    assert club.get(made.id).status == "past_due"
    club.use(customer, "pm_card_visa")
    club.days(6)  # it was debited once more before the card was there

    assert club.get(made.id).status == "active"
    assert club.invoices(made.id)[0].status == "paid"


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
