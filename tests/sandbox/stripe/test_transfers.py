"""Transfers to connected accounts, and their reversals."""

from typing import Any

import pytest
import stripe

from tests.sandbox.stripe.shop import Shop


def send(shop: Shop, coach: str, cents: int, **more: Any) -> stripe.Transfer:
    params: Any = {"amount": cents, "currency": "usd", "destination": coach, **more}
    return shop.v1.transfers.create(params)


def funds(shop: Shop, account: str | None = None) -> tuple[int, int]:
    """Return what is available and what is pending."""
    options: stripe.RequestOptions = {"stripe_account": account} if account else {}
    balance = shop.v1.balance.retrieve({}, options)
    return balance.available[0].amount, balance.pending[0].amount


def test_a_transfer_moves_available_money(shop: Shop) -> None:
    coach = shop.coach()
    shop.fund(10_000)
    before = funds(shop)
    assert before == (9_680, 0)

    transfer = send(shop, coach, 4000, metadata={"a": "b"}, transfer_group="booking_1")

    assert (transfer.amount, transfer.destination, transfer.reversed) == (4000, coach, False)
    assert funds(shop) == (5_680, 0)
    assert funds(shop, coach) == (4000, 0)
    assert shop.v1.transfers.retrieve(transfer.id) == transfer
    booked = shop.v1.balance_transactions.retrieve(str(transfer.balance_transaction))
    assert (booked.type, booked.net, booked.source) == ("transfer", -4000, transfer.id)
    payment = shop.v1.charges.retrieve(
        str(transfer.destination_payment), {}, {"stripe_account": coach}
    )
    assert (payment.source_transfer, payment.amount) == (transfer.id, 4000)
    shop.endpoint.until_type("transfer.created")


def test_more_than_is_available_is_refused(shop: Shop) -> None:
    coach = shop.coach()
    shop.charge(cents=10_000)  # pending for two days
    shop.control("clock", advanceSeconds=1)
    assert funds(shop) == (0, 9_680)

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        send(shop, coach, 1)

    assert (refusal.value.http_status, refusal.value.code) == (400, "balance_insufficient")
    assert shop.v1.transfers.list().data == []
    shop.days(2)
    with pytest.raises(stripe.InvalidRequestError):
        send(shop, coach, 9_681)
    send(shop, coach, 9_680)
    assert funds(shop) == (0, 0)


def test_a_destination_has_to_be_able_to_receive(shop: Shop) -> None:
    shop.fund()
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        send(shop, "acct_none", 100)
    assert (unknown.value.code, unknown.value.param) == ("resource_missing", "destination")

    with pytest.raises(stripe.InvalidRequestError) as unable:
        send(shop, shop.open_account().id, 100)

    assert unable.value.code == "insufficient_capabilities_for_transfer"
    assert shop.v1.transfers.list().data == []


def test_a_transfer_from_a_charge_waits_for_its_money(shop: Shop) -> None:
    coach = shop.coach()
    intent = shop.charge(cents=10_000)
    charge = str(intent.latest_charge)
    shop.control("clock", advanceSeconds=1)

    transfer = send(shop, coach, 9000, source_transaction=charge)

    assert (transfer.source_transaction, transfer.transfer_group) == (charge, f"group_{intent.id}")
    assert funds(shop) == (0, 680)
    assert funds(shop, coach) == (0, 9000)
    shop.days(2)
    assert funds(shop) == (680, 0)
    assert funds(shop, coach) == (9000, 0)


def test_a_transfer_from_a_charge_may_come_before_its_balance_transaction(shop: Shop) -> None:
    shop.control("balance", delaySeconds=None)
    coach = shop.coach()
    send(shop, coach, 100, source_transaction=str(shop.charge().latest_charge))

    assert funds(shop, coach) == (0, 100)


def test_transfers_from_a_charge_do_not_exceed_it(shop: Shop) -> None:
    coach = shop.coach()
    charge = str(shop.charge(cents=10_000).latest_charge)
    first = send(shop, coach, 6000, source_transaction=charge)
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        send(shop, coach, 4001, source_transaction=charge)
    assert too_much.value.param == "amount"

    shop.v1.transfers.reversals.create(first.id)

    send(shop, coach, 10_000, source_transaction=charge)


def test_only_a_paid_charge_is_a_source(shop: Shop) -> None:
    coach = shop.coach()
    debit = str(shop.charge("pm_usBankAccount").latest_charge)

    with pytest.raises(stripe.InvalidRequestError, match="not paid"):
        send(shop, coach, 100, source_transaction=debit)
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        send(shop, coach, 100, source_transaction="ch_none")

    assert unknown.value.param == "source_transaction"


def test_reversing_in_parts(shop: Shop) -> None:
    coach = shop.coach()
    shop.fund(10_000)
    transfer = send(shop, coach, 5000)

    part = shop.v1.transfers.reversals.create(
        transfer.id, {"amount": 2000, "metadata": {"why": "half"}}
    )

    half = shop.v1.transfers.retrieve(transfer.id)
    assert (half.amount_reversed, half.reversed) == (2000, False)
    assert [each.id for each in half.reversals.data] == [part.id]
    assert funds(shop) == (6_680, 0)
    assert funds(shop, coach) == (3000, 0)
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        shop.v1.transfers.reversals.create(transfer.id, {"amount": 3001})
    assert too_much.value.param == "amount"
    rest = shop.v1.transfers.reversals.create(transfer.id)
    whole = shop.v1.transfers.retrieve(transfer.id)
    assert (rest.amount, whole.amount_reversed, whole.reversed) == (3000, 5000, True)
    with pytest.raises(stripe.InvalidRequestError) as again:
        shop.v1.transfers.reversals.create(transfer.id)
    assert again.value.code == "transfer_already_reversed"
    listed = shop.v1.transfers.reversals.list(transfer.id).data
    assert [each.id for each in listed] == [rest.id, part.id]
    assert shop.v1.transfers.reversals.retrieve(transfer.id, part.id) == part
    booked = shop.v1.balance_transactions.retrieve(str(part.balance_transaction))
    assert (booked.type, booked.net, booked.source) == ("transfer_refund", 2000, part.id)
    shop.endpoint.until_type("transfer.reversed", 2)
    other = send(shop, coach, 100)
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.transfers.reversals.retrieve(other.id, part.id)


def test_what_a_coach_has_spent_is_not_reversed(shop: Shop) -> None:
    coach = shop.coach()
    shop.fund()
    transfer = send(shop, coach, 5000)
    shop.v1.payouts.create({"amount": 4000, "currency": "usd"}, {"stripe_account": coach})

    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.v1.transfers.reversals.create(transfer.id)

    assert refusal.value.code == "balance_insufficient"
    assert shop.v1.transfers.retrieve(transfer.id).amount_reversed == 0
    shop.v1.transfers.reversals.create(transfer.id, {"amount": 1000})


def test_what_is_still_pending_can_be_reversed(shop: Shop) -> None:
    coach = shop.coach()
    charge = str(shop.charge(cents=10_000).latest_charge)
    shop.control("clock", advanceSeconds=1)
    transfer = send(shop, coach, 9000, source_transaction=charge)

    shop.v1.transfers.reversals.create(transfer.id, {"amount": 4000})

    assert funds(shop) == (0, 4_680)
    assert funds(shop, coach) == (0, 5000)


def test_updating_and_listing(shop: Shop) -> None:
    one, two = shop.coach(), shop.coach()
    shop.fund()
    first = send(shop, one, 100, transfer_group="a")
    second = send(shop, two, 100, transfer_group="a")

    shop.v1.transfers.update(first.id, {"metadata": {"b": "c"}, "description": "d"})

    changed = shop.v1.transfers.retrieve(first.id)
    assert (changed.metadata.to_dict(), changed.description) == ({"b": "c"}, "d")
    shop.endpoint.until_type("transfer.updated")
    by_group = shop.v1.transfers.list({"transfer_group": "a"}).data
    assert [transfer.id for transfer in by_group] == [second.id, first.id]
    assert [t.id for t in shop.v1.transfers.list({"destination": one}).data] == [first.id]
    expanded = shop.v1.transfers.retrieve(first.id, {"expand": ["destination_payment"]})
    assert isinstance(expanded.destination_payment, stripe.Charge)
