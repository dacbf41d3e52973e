"""PaymentIntents, charges, refunds and the balance."""

import pytest
import stripe

from sandbox.stripe.balance import fee_cents
from tests.sandbox.stripe.shop import Shop


def transaction(shop: Shop, intent_id: str) -> stripe.BalanceTransaction | None:
    intent = shop.v1.payment_intents.retrieve(
        intent_id, {"expand": ["latest_charge.balance_transaction"]}
    )
    assert isinstance(intent.latest_charge, stripe.Charge)
    found = intent.latest_charge.balance_transaction
    assert not isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("amount", "fee"),
    [(50, 31), (500, 45), (10_000, 320), (10_330, 330), (1017, 59), (1018, 60)],
)
def test_the_fee_is_rounded_half_up(amount: int, fee: int) -> None:
    assert fee_cents(amount) == fee


def test_the_balance_transaction_comes_later(shop: Shop) -> None:
    shop.control("balance", delaySeconds=3600)
    intent = shop.charge(cents=10_000)
    assert intent.status == "succeeded"
    assert transaction(shop, intent.id) is None

    shop.control("clock", advanceSeconds=3600)
    (event,) = shop.endpoint.until_type("charge.updated")

    booked = transaction(shop, intent.id)
    assert booked is not None
    assert event["data"]["object"]["balance_transaction"] == booked.id
    assert event["data"]["previous_attributes"] == {"balance_transaction": None}
    assert event["request"] == {"id": None, "idempotency_key": None}
    assert (booked.amount, booked.fee, booked.net) == (10_000, 320, 9_680)
    assert (booked.type, booked.source) == ("charge", intent.latest_charge)
    assert (booked.status, booked.available_on - booked.created) == ("pending", 2 * 86_400)
    shop.control("clock", advanceSeconds=2 * 86_400)
    assert shop.v1.balance_transactions.retrieve(booked.id).status == "available"


def test_balance_transactions_are_held_until_released(shop: Shop) -> None:
    shop.control("balance", delaySeconds=None)
    intent = shop.charge()
    shop.control("clock", advanceSeconds=3600)
    assert transaction(shop, intent.id) is None

    shop.control("release")

    assert transaction(shop, intent.id) is not None
    shop.control("release")
    assert len(shop.v1.balance_transactions.list().data) == 1


def test_confirming_later(shop: Shop) -> None:
    intent = shop.v1.payment_intents.create({"amount": 500, "currency": "USD"})
    assert (intent.status, intent.currency) == ("requires_payment_method", "usd")
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        shop.v1.payment_intents.confirm(intent.id)

    paid = shop.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    assert (paid.status, paid.amount_received) == ("succeeded", 500)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.v1.payment_intents.confirm(intent.id)
    assert refusal.value.code == "payment_intent_unexpected_state"


def test_a_declined_card(shop: Shop) -> None:
    with pytest.raises(stripe.CardError) as declined:
        shop.charge("pm_card_chargeDeclinedInsufficientFunds")

    error = declined.value.error
    assert error is not None
    assert (declined.value.http_status, error.code) == (402, "card_declined")
    assert error.decline_code == "insufficient_funds"
    assert error.payment_intent is not None
    intent = shop.v1.payment_intents.retrieve(error.payment_intent.id)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.charge == error.charge
    assert shop.v1.charges.retrieve(str(error.charge)).failure_code == "card_declined"


def test_cancelling(shop: Shop) -> None:
    intent = shop.v1.payment_intents.create({"amount": 500, "currency": "usd"})

    canceled = shop.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})

    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        shop.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        shop.v1.payment_intents.cancel(shop.charge().id)


def test_an_unknown_payment_method_creates_nothing(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.charge("pm_card_none")

    assert (refusal.value.code, refusal.value.param) == ("resource_missing", "payment_method")
    assert shop.v1.payment_intents.list().data == []


def test_refunds_in_parts_up_to_the_charge(shop: Shop) -> None:
    intent = shop.charge(cents=1000)
    part = shop.v1.refunds.create({"payment_intent": intent.id, "amount": 300})
    assert (part.status, part.amount) == ("succeeded", 300)
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        shop.v1.refunds.create({"payment_intent": intent.id, "amount": 701})
    assert too_much.value.param == "amount"

    rest = shop.v1.refunds.create({"charge": str(intent.latest_charge)})

    assert rest.amount == 700
    charge = shop.v1.charges.retrieve(str(intent.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (1000, True)
    with pytest.raises(stripe.InvalidRequestError) as nothing_left:
        shop.v1.refunds.create({"charge": charge.id})
    assert nothing_left.value.code == "charge_already_refunded"
    listed = shop.v1.refunds.list({"payment_intent": intent.id}).data
    assert [refund.id for refund in listed] == [rest.id, part.id]
    charge = shop.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert charge.refunds is not None
    assert [refund.amount for refund in charge.refunds.data] == [700, 300]
    shop.endpoint.until_type("charge.refunded", 2)


def test_stripe_keeps_its_fee_on_a_refund(shop: Shop) -> None:
    shop.v1.refunds.create({"payment_intent": shop.charge(cents=10_000).id})
    shop.control("clock", advanceSeconds=1)

    movements = shop.v1.balance_transactions.list().data

    assert {m.type: (m.amount, m.fee, m.net) for m in movements} == {
        "charge": (10_000, 320, 9_680),
        "refund": (-10_000, 0, -10_000),
    }


def test_a_refund_that_fails_later(shop: Shop) -> None:
    intent = shop.charge("pm_card_refundFail", cents=1000)
    refund = shop.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "succeeded"

    shop.control("clock", advanceSeconds=5 * 86_400)

    failed = shop.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert failed.status == "failed"
    assert isinstance(failed.failure_balance_transaction, stripe.BalanceTransaction)
    assert failed.failure_balance_transaction.net == 1000
    assert shop.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 0
    shop.endpoint.until_type("refund.failed")


def test_a_refund_that_takes_its_time(shop: Shop) -> None:
    refund = shop.v1.refunds.create({"payment_intent": shop.charge("pm_card_pendingRefund").id})
    assert refund.status == "pending"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be canceled"):
        shop.v1.refunds.cancel(refund.id)  # money has left

    shop.control("clock", advanceSeconds=5 * 86_400)

    assert shop.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_a_refund_whose_balance_transaction_comes_later(shop: Shop) -> None:
    shop.standin.inject({"kind": "refund_late_balance", "seconds": 60})
    refund = shop.v1.refunds.create({"payment_intent": shop.charge(cents=1000).id})
    assert (refund.status, refund.balance_transaction) == ("succeeded", None)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be canceled"):
        shop.v1.refunds.cancel(refund.id)

    shop.control("clock", advanceSeconds=60)

    booked = shop.v1.refunds.retrieve(refund.id, {"expand": ["balance_transaction"]})
    assert isinstance(booked.balance_transaction, stripe.BalanceTransaction)
    assert booked.balance_transaction.net == -1000
    (event,) = shop.endpoint.until_type("refund.updated")
    assert event["data"]["previous_attributes"]["balance_transaction"] is None


def test_a_refund_that_waits_for_funds(shop: Shop) -> None:
    shop.standin.inject({"kind": "refund_pending"})
    refund = shop.v1.refunds.create({"payment_intent": shop.charge(cents=1000).id})
    assert (refund.status, refund.balance_transaction) == ("pending", None)

    shop.control("clock", advanceSeconds=5 * 86_400)

    done = shop.v1.refunds.retrieve(refund.id)
    assert done.status == "succeeded"
    assert done.balance_transaction is not None


def test_a_refund_that_waits_can_be_canceled(shop: Shop) -> None:
    shop.standin.inject({"kind": "refund_pending"})
    intent = shop.charge(cents=1000)
    refund = shop.v1.refunds.create({"payment_intent": intent.id, "amount": 400})

    assert shop.v1.refunds.cancel(refund.id).status == "canceled"

    shop.control("clock", advanceSeconds=5 * 86_400)
    canceled = shop.v1.refunds.retrieve(refund.id)
    assert (canceled.status, canceled.balance_transaction) == ("canceled", None)
    assert shop.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 0
    assert [t.type for t in shop.v1.balance_transactions.list().data] == ["charge"]
    (event,) = shop.endpoint.until_type("refund.updated")
    assert event["data"]["object"]["status"] == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be canceled"):
        shop.v1.refunds.cancel(refund.id)


def test_a_refund_that_fails_before_money_left(shop: Shop) -> None:
    shop.standin.inject({"kind": "refund_late_balance", "seconds": 6 * 86_400})
    refund = shop.v1.refunds.create({"payment_intent": shop.charge("pm_card_refundFail").id})

    shop.control("clock", advanceSeconds=7 * 86_400)

    failed = shop.v1.refunds.retrieve(refund.id)
    assert failed.status == "failed"
    assert failed.balance_transaction is None
    assert failed.failure_balance_transaction is None


def test_a_refund_is_available_with_its_charge(shop: Shop) -> None:
    intent = shop.charge(cents=1000)
    shop.control("clock", advanceSeconds=1)
    shop.v1.refunds.create({"payment_intent": intent.id, "amount": 500})

    charged, refunded = shop.v1.balance_transactions.list().data

    assert charged.available_on == refunded.available_on
    shop.control("clock", advanceSeconds=3 * 86_400)
    shop.v1.refunds.create({"payment_intent": intent.id, "amount": 500})
    assert shop.v1.balance_transactions.list().data[0].status == "available"


def test_what_is_not_paid_is_not_refunded(shop: Shop) -> None:
    unpaid = shop.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    debit = shop.charge("pm_usBankAccount")

    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        shop.v1.refunds.create({"payment_intent": unpaid.id})
    with pytest.raises(stripe.InvalidRequestError, match="not paid"):
        shop.v1.refunds.create({"payment_intent": debit.id})
    with pytest.raises(stripe.InvalidRequestError, match="should be provided"):
        shop.v1.refunds.create({})
