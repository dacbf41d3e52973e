"""The balance, and payouts from it."""

from typing import Any

import pytest
import requests
import stripe

from tests.sandbox.stripe.shop import Shop


def pay_out(shop: Shop, cents: int, account: str | None = None, **more: Any) -> stripe.Payout:
    params: Any = {"amount": cents, "currency": "usd", **more}
    return shop.v1.payouts.create(params, of(account))


def of(account: str | None) -> stripe.RequestOptions:
    return {"stripe_account": account} if account else {}


def available(shop: Shop, account: str | None = None) -> int:
    return shop.v1.balance.retrieve({}, of(account)).available[0].amount


def rich_coach(shop: Shop, cents: int = 5000, **form: str) -> str:
    coach = shop.coach(**form)
    shop.fund()
    shop.v1.transfers.create({"amount": cents, "currency": "usd", "destination": coach})
    return coach


def kinds(shop: Shop, payout_id: str, account: str | None = None) -> list[str]:
    """Return the types of the events about a payout, the oldest first."""
    events = shop.v1.events.list({"limit": 100}, of(account)).data[::-1]
    return [e.type for e in events if e.data.object["id"] == payout_id]


def test_the_balance_is_pending_before_it_is_available(shop: Shop) -> None:
    empty = shop.v1.balance.retrieve()
    assert [(part.amount, part.currency) for part in empty.available] == [(0, "usd")]
    shop.charge(cents=10_000)
    shop.control("clock", advanceSeconds=1)

    balance = shop.v1.balance.retrieve()

    assert (balance.available[0].amount, balance.pending[0].amount) == (0, 9_680)
    shop.days(2)
    balance = shop.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (9_680, 0)


def test_each_currency_has_its_balance(shop: Shop) -> None:
    shop.v1.payment_intents.create(
        {
            "amount": 1000,
            "currency": "eur",
            "payment_method": "pm_card_bypassPending",
            "confirm": True,
        }
    )
    shop.control("clock", advanceSeconds=1)

    balance = shop.v1.balance.retrieve()

    found = {part.currency: part.amount for part in balance.available}
    assert found == {"eur": 941, "usd": 0}
    with pytest.raises(stripe.InvalidRequestError):
        pay_out(shop, 941)
    assert len(shop.v1.balance_transactions.list({"currency": "eur"}).data) == 1
    assert shop.v1.balance_transactions.list({"currency": "usd"}).data == []


def test_a_payout_by_hand(shop: Shop) -> None:
    shop.fund(10_000)

    payout = pay_out(shop, 9000, metadata={"a": "b"})

    assert (payout.status, payout.automatic, payout.arrival_date - payout.created) == (
        "pending",
        False,
        2 * 86_400,
    )
    assert available(shop) == 680
    booked = shop.v1.balance_transactions.retrieve(str(payout.balance_transaction))
    assert (booked.type, booked.net, booked.source) == ("payout", -9000, payout.id)
    shop.days(1)
    assert shop.v1.payouts.retrieve(payout.id).status == "in_transit"
    shop.days(1)
    paid = shop.v1.payouts.retrieve(payout.id)
    assert (paid.status, paid.reconciliation_status) == ("paid", "not_applicable")
    assert kinds(shop, payout.id) == ["payout.created", "payout.updated", "payout.paid"]
    assert [each.id for each in shop.v1.payouts.list({"status": "paid"}).data] == [payout.id]
    assert shop.v1.payouts.list({"status": "failed"}).data == []
    assert shop.v1.payouts.list({"arrival_date": {"lt": payout.arrival_date}}).data == []
    assert shop.v1.payouts.update(payout.id, {"metadata": {"c": "d"}}).metadata is not None
    with pytest.raises(stripe.InvalidRequestError, match="only be filtered on automatic"):
        shop.v1.balance_transactions.list({"payout": payout.id})


def test_more_than_is_available_is_not_paid_out(shop: Shop) -> None:
    shop.fund(10_000)

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        pay_out(shop, 9_681)

    assert refusal.value.code == "balance_insufficient"
    assert shop.v1.payouts.list().data == []


def test_a_payout_can_be_canceled_before_it_leaves(shop: Shop) -> None:
    shop.fund(10_000)
    payout, late = pay_out(shop, 4000), pay_out(shop, 1000)

    canceled = shop.v1.payouts.cancel(payout.id)

    assert canceled.status == "canceled"
    assert available(shop) == 8_680
    returned = shop.v1.balance_transactions.retrieve(str(canceled.failure_balance_transaction))
    assert (returned.type, returned.net) == ("payout_cancel", 4000)
    shop.days(1)
    with pytest.raises(stripe.InvalidRequestError, match="only be canceled"):
        shop.v1.payouts.cancel(late.id)
    shop.days(1)
    assert shop.v1.payouts.retrieve(payout.id).status == "canceled"
    assert kinds(shop, payout.id) == ["payout.created", "payout.canceled"]


def test_a_payout_fails_on_request(shop: Shop) -> None:
    shop.fund(10_000)
    shop.standin.inject({"kind": "payout_failure", "match": "platform"})
    payout = pay_out(shop, 9000)

    shop.days(2)

    failed = shop.v1.payouts.retrieve(payout.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_code) == ("failed", "could_not_process")
    assert isinstance(failed.failure_balance_transaction, stripe.BalanceTransaction)
    assert failed.failure_balance_transaction.type == "payout_failure"
    assert available(shop) == 9_680
    assert kinds(shop, payout.id) == ["payout.created", "payout.updated", "payout.failed"]
    shop.endpoint.until_type("payout.failed")


def test_a_payout_that_was_paid_may_fail_yet(shop: Shop) -> None:
    shop.fund(10_000)
    shop.standin.inject({"kind": "payout_failure", "seconds": 4 * 86_400})
    payout = pay_out(shop, 9000)

    shop.days(3)
    paid = shop.v1.payouts.retrieve(payout.id).status
    shop.days(1)

    assert (paid, shop.v1.payouts.retrieve(payout.id).status) == ("paid", "failed")
    assert kinds(shop, payout.id)[-2:] == ["payout.paid", "payout.failed"]


def test_a_bank_account_that_fails_stops_payouts_until_there_is_another(shop: Shop) -> None:
    coach = rich_coach(shop, bank_account="000111111116")
    payout = pay_out(shop, 5000, coach)

    shop.days(2)

    failed = shop.v1.payouts.retrieve(payout.id, {}, of(coach))
    assert (failed.status, failed.failure_code) == ("failed", "no_account")
    assert available(shop, coach) == 5000
    shop.connect.until_type("payout.failed")
    account = shop.v1.accounts.retrieve(coach)
    assert account.requirements is not None
    assert account.requirements.currently_due == ["external_account"]
    assert (account.charges_enabled, account.payouts_enabled) == (True, False)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        pay_out(shop, 5000, coach)
    assert refusal.value.code == "payouts_not_allowed"
    shop.onboard(coach)
    again = pay_out(shop, 5000, coach)
    shop.days(2)
    assert shop.v1.payouts.retrieve(again.id, {}, of(coach)).status == "paid"


def test_a_failing_bank_account_leaves_other_requirements_alone(shop: Shop) -> None:
    coach = rich_coach(shop)
    shop.standin.inject({"kind": "payout_failure", "match": coach})
    pay_out(shop, 5000, coach)
    shop.control("requirements", account=coach, due=["individual.ssn_last_4"], pastDue=True)

    shop.days(2)

    wanted = shop.v1.accounts.retrieve(coach).requirements
    assert wanted is not None
    assert wanted.currently_due == ["external_account", "individual.ssn_last_4"]
    assert wanted.past_due == ["individual.ssn_last_4"]


def test_who_is_not_enabled_is_not_paid_out(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        pay_out(shop, 100, shop.open_account().id)

    assert refusal.value.code == "payouts_not_allowed"


def test_nothing_is_paid_out_by_itself_until_switched_on(shop: Shop) -> None:
    coach = rich_coach(shop)
    shop.days(5)

    assert shop.v1.payouts.list().data == []
    assert shop.v1.payouts.list({}, of(coach)).data == []


def test_each_day_pays_out_everything_available(shop: Shop) -> None:
    coach = rich_coach(shop)
    before = available(shop)
    shop.control("payouts", automatic=True)
    shop.days(0.5)
    shop.control("payouts", automatic=True)  # changes nothing

    shop.days(0.5)

    (ours,) = shop.v1.payouts.list().data
    (theirs,) = shop.v1.payouts.list({}, of(coach)).data
    assert (ours.amount, ours.automatic) == (before, True)
    assert (theirs.amount, available(shop), available(shop, coach)) == (5000, 0, 0)
    taken = shop.v1.balance_transactions.list({"payout": ours.id}).data
    assert {t.type for t in taken} == {"charge", "transfer", "payout"}
    assert sum(t.net for t in taken) == 0
    with pytest.raises(stripe.InvalidRequestError, match="only be canceled"):
        shop.v1.payouts.cancel(ours.id)
    shop.days(4)
    assert len(shop.v1.payouts.list().data) == 1  # there was no more money
    paid = shop.v1.payouts.retrieve(ours.id)
    assert (paid.status, paid.reconciliation_status) == ("paid", "completed")
    assert kinds(shop, ours.id)[-2:] == ["payout.paid", "payout.reconciliation_completed"]
    shop.connect.until_type("payout.paid")


def test_the_days_pay_out_what_each_has_brought(shop: Shop) -> None:
    shop.control("payouts", automatic=True)
    shop.charge(cents=10_000)  # available after two days
    shop.days(1.5)
    shop.charge(cents=20_000)
    shop.days(4)

    amounts = [payout.amount for payout in shop.v1.payouts.list().data]

    assert amounts == [19_390, 9_680]
    created = [payout.created for payout in shop.v1.payouts.list().data]
    assert created[0] - created[1] == pytest.approx(86_400, abs=2)
    shop.control("payouts", automatic=False)
    shop.fund()
    shop.days(3)
    assert len(shop.v1.payouts.list().data) == 2


def test_what_failed_leaves_again_with_the_next_payout(shop: Shop) -> None:
    shop.fund(10_000)
    shop.standin.inject({"kind": "payout_failure"})
    shop.control("payouts", automatic=True)

    shop.days(4.5)

    again, failed = shop.v1.payouts.list().data
    assert (failed.status, again.status, again.amount) == ("failed", "in_transit", 9_680)
    taken = shop.v1.balance_transactions.list({"payout": again.id}).data
    assert {t.type for t in taken} == {"payout", "payout_failure"}


def test_who_wants_to_be_paid_by_hand_is_not_paid_daily(shop: Shop) -> None:
    coach = rich_coach(shop)
    shop.v1.accounts.update(coach, {"settings": {"payouts": {"schedule": {"interval": "manual"}}}})
    shop.control("payouts", automatic=True)

    shop.days(2)

    assert shop.v1.payouts.list({}, of(coach)).data == []
    assert available(shop, coach) == 5000


def test_a_balance_below_zero_is_made_up_for_before_a_payout(shop: Shop) -> None:
    shop.control("payouts", automatic=True)
    shop.fund(10_000)
    shop.days(1)
    shop.charge("pm_card_createDispute", cents=5000)
    shop.days(4)

    assert shop.v1.balance.retrieve().available[0].amount < 0
    assert len(shop.v1.payouts.list().data) == 1
    shop.fund(20_000)
    shop.days(1)
    assert shop.v1.payouts.list().data[0].amount == 19_390 - 1500 - 175


@pytest.mark.parametrize("body", [{}, {"automatic": "yes"}, {"on": True}])
def test_the_switch_is_on_or_off(shop: Shop, body: dict[str, Any]) -> None:
    with pytest.raises(requests.HTTPError):
        shop.control("payouts", **body)
