"""The stand-in's objects have the fields that the SDK's own classes declare."""

import json
from typing import Any

import pytest
import stripe

from tests.sandbox.stripe.declared import problems
from tests.sandbox.stripe.shop import Shop


@pytest.fixture
def everything(shop: Shop) -> Shop:
    """A shop in which every kind of object has been through its states."""
    product = shop.v1.products.create({"name": "Food"})
    price = shop.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 4500})
    customer = shop.v1.customers.create({"email": "a@b.test"})
    item = [{"price": price.id, "quantity": 1}]
    shop.pay(shop.session(customer=customer.id, line_items=item).url)
    shop.pay(shop.session().url, "pm_card_chargeDeclined")
    shop.pay(shop.session().url, "pm_usBankAccount")
    shop.v1.checkout.sessions.expire(shop.session().id)
    shop.v1.refunds.create({"payment_intent": shop.charge("pm_card_refundFail").id, "amount": 60})
    shop.v1.refunds.create({"payment_intent": shop.charge("pm_card_pendingRefund").id})
    shop.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    for method in ("pm_card_createDispute", "pm_card_createDisputeInquiry"):
        shop.charge(method)
    shop.control("clock", advanceSeconds=1)
    won = shop.v1.disputes.list().data[0].id
    shop.v1.disputes.update(won, {"evidence": {"uncategorized_text": "winning_evidence"}})
    shop.control("clock", advanceSeconds=6 * 86_400)
    pay_coaches(shop)
    return shop


def pay_coaches(shop: Shop) -> None:
    """Open accounts in every state, and let transfers, reversals and payouts happen."""
    shop.open_account()
    shop.coach(outcome="document")
    failing = shop.coach(bank_account="000111111116")
    coach = shop.coach()
    source = str(shop.charge().latest_charge)
    shop.fund()
    for params in (
        {"destination": coach, "amount": 9000, "source_transaction": source},
        {"destination": coach, "amount": 4000},
        {"destination": failing, "amount": 4000, "transfer_group": "a"},
    ):
        made = shop.v1.transfers.create({"currency": "usd", **params})  # type: ignore[typeddict-item]
    shop.v1.transfers.reversals.create(made.id, {"amount": 1000})
    shop.v1.transfers.update(made.id, {"metadata": {"a": "b"}})
    everybody: list[stripe.RequestOptions] = [{}, {"stripe_account": coach}]
    for options in everybody:
        canceled = shop.v1.payouts.create({"amount": 100, "currency": "usd"}, options)
        shop.v1.payouts.cancel(canceled.id, None, options)
        shop.v1.payouts.create({"amount": 100, "currency": "usd"}, options)
    shop.control("payouts", automatic=True)
    shop.control("clock", advanceSeconds=6 * 86_400)


CLASSES: dict[str, Any] = {
    "customers": stripe.Customer,
    "products": stripe.Product,
    "prices": stripe.Price,
    "checkout/sessions": stripe.checkout.Session,
    "payment_intents": stripe.PaymentIntent,
    "charges": stripe.Charge,
    "refunds": stripe.Refund,
    "disputes": stripe.Dispute,
    "accounts": stripe.Account,
    "transfers": stripe.Transfer,
    "payouts": stripe.Payout,
    "balance_transactions": stripe.BalanceTransaction,
    "events": stripe.Event,
}
BY_OBJECT: dict[str, Any] = {c.OBJECT_NAME: c for c in [*CLASSES.values(), stripe.BankAccount]}
CONNECTED = ("charges", "refunds", "payouts", "balance_transactions", "events")
"""What there is in a connected account, too."""

EXPANDED = {
    "prices": ["data.product"],
    "checkout/sessions": ["data.payment_intent"],
    "payment_intents": ["data.latest_charge.balance_transaction", "data.payment_method"],
    "transfers": ["data.destination_payment", "data.balance_transaction", "data.destination"],
    "payouts": ["data.destination", "data.failure_balance_transaction"],
}


def test_every_object_is_as_declared(everything: Shop) -> None:
    found: list[str] = []
    coaches = [account.id for account in everything.v1.accounts.list().data]
    asked: list[tuple[str, str | None]] = [(path, None) for path in CLASSES]
    asked += [(path, coach) for path in CONNECTED for coach in coaches]
    seen: set[str] = set()
    for path, account in asked:
        things = listed(everything, path, account)
        if things:
            seen.add(f"{path} of a coach" if account else path)
        for thing in things:
            found += problems(CLASSES[path], thing)
            if path == "events":
                found += problems(
                    BY_OBJECT[thing["data"]["object"]["object"]], thing["data"]["object"]
                )

    assert seen == {*CLASSES, *(f"{path} of a coach" for path in CONNECTED)}
    assert sorted(set(found)) == []


def listed(shop: Shop, path: str, account: str | None) -> list[dict[str, Any]]:
    reply = shop.client().raw_request(
        "get",
        f"/v1/{path}",
        limit=100,
        expand=EXPANDED.get(path, []),
        **({"stripe_account": account} if account else {}),
    )
    things: list[dict[str, Any]] = json.loads(reply.body)["data"]
    return things


def test_what_is_not_listed_is_as_declared(everything: Shop) -> None:
    (transfer,) = everything.v1.transfers.list({"transfer_group": "a"}).data
    (reversal,) = everything.v1.transfers.reversals.list(transfer.id).data
    coach = everything.coach()
    link = everything.v1.account_links.create(
        {
            "account": coach,
            "refresh_url": "http://shop.test/again",
            "return_url": "http://shop.test/back",
            "type": "account_onboarding",
        }
    )
    login = everything.v1.accounts.login_links.create(coach)
    things: list[tuple[Any, Any]] = [
        (stripe.AccountLink, link),
        (stripe.Balance, everything.v1.balance.retrieve()),
        (stripe.LoginLink, login),
        (stripe.TransferReversal, reversal),
    ]

    found = [p for declared, thing in things for p in problems(declared, thing.to_dict())]

    assert found == []


def test_a_missing_or_wrong_field_would_be_found(everything: Shop) -> None:
    charge = everything.v1.charges.list().data[0].to_dict()
    assert list(problems(stripe.Charge, charge)) == []
    del charge["paid"], charge["outcome"]
    charge |= {"amount": "12", "mood": "good"}

    assert list(problems(stripe.Charge, charge)) == [
        "Charge.amount is '12'",
        "Charge.outcome is missing",
        "Charge.paid is missing",
        "Charge.mood is unknown",
    ]
