"""Renewals: paid, failed, tried again, recovered, paused, ended."""

import calendar
from datetime import UTC, datetime

import pytest
import stripe

from tests.sandbox.stripe.subscribers import DAY, HOUR, Club, ends


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
    assert (second.auto_advance, second.next_payment_attempt) == (False, None)
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
    made = club.subscribe(club.customer(), club.price(), metadata={"termsId": "a"})
    club.until(ends(made) + 60)
    renewed = club.get(made.id)
    draft = club.invoices(made.id)[-1]

    assert (renewed.status, draft.status, draft.number) == ("active", "draft", None)
    assert renewed.latest_invoice == draft.id
    parent = draft.to_dict()["parent"]
    assert parent["subscription_details"]["metadata"] == {"termsId": "a"}
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
    now = datetime.now(UTC)
    coming = (datetime(now.year + n, 1, 31, 12, tzinfo=UTC) for n in range(3))
    begin = next(at for at in coming if at > now and not calendar.isleap(at.year))
    club.until(int(begin.timestamp()))
    made = club.subscribe(club.customer(), club.price())

    club.days(3 * 365 - 2)

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
