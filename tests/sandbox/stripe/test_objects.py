"""The stand-in's objects have the fields that the SDK's own classes declare."""

import json
from collections.abc import Iterator
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

import pytest
import stripe

from tests.sandbox.stripe.shop import Shop

LEFT_OUT: dict[Any, str] = {
    stripe.Customer: (
        "cash_balance deleted individual_name invoice_credit_balance sources subscriptions tax "
        "tax_ids"
    ),
    stripe.Product: "deleted",
    stripe.Price: "currency_options deleted tiers",
    stripe.LineItem: "discounts taxes",
    stripe.checkout.Session: (
        "allowed_payment_method_types excluded_payment_method_types line_items optional_items"
    ),
    stripe.PaymentIntent: "allowed_payment_method_types hooks managed_payments payment_details "
    "payment_record presentment_details",
    stripe.Charge: "authorization_code level3 presentment_details radar_options refunds transfer",
    stripe.Account: "company deleted groups individual",
    stripe.Balance: "connect_reserved instant_available issuing refund_and_dispute_prefunding",
    stripe.BankAccount: "customer deleted",
    stripe.Refund: "description failure_balance_transaction failure_reason instructions_email "
    "next_action pending_reason presentment_details",
}
"""Fields that Stripe leaves out until they apply or `expand` asks for them.

Of a PaymentMethod's many fields only the one named by its type is there.
"""


def problems(declared: Any, value: Any, path: str = "") -> Iterator[str]:
    """Yield where `value` differs from what the class declares."""
    hints = {n: h for n, h in declared.__annotations__.items() if get_origin(h) is not ClassVar}
    whole = hasattr(declared, "OBJECT_NAME") and declared is not stripe.PaymentMethod
    left_out = set(LEFT_OUT.get(declared, "").split())
    for name, hint in hints.items():
        here = f"{path or declared.__name__}.{name}"
        if name in value:
            yield from mismatches(hint, value[name], here)
        elif type(None) not in get_args(hint) or (whole and name not in left_out):
            yield f"{here} is missing"
    for name in value:
        if name not in hints:
            yield f"{path or declared.__name__}.{name} is unknown"


def mismatches(hint: Any, value: Any, path: str) -> Iterator[str]:
    """Yield where `value` is not of the annotated type."""
    options = get_args(hint) if get_origin(hint) is Union else (hint,)
    options = tuple(resolved for option in options for resolved in resolve(option))
    if value is None:
        if type(None) not in options:
            yield f"{path} is null"
    elif isinstance(value, dict):
        yield from object_mismatches(options, value, path)
    elif isinstance(value, list):
        (items,) = [o for o in options if get_origin(o) is list]
        for index, item in enumerate(value):
            yield from mismatches(get_args(items)[0], item, f"{path}[{index}]")
    elif not any(accepts(option, value) for option in options):
        yield f"{path} is {value!r}"


def object_mismatches(options: tuple[Any, ...], value: Any, path: str) -> Iterator[str]:
    if lists := [o for o in options if get_origin(o) is stripe.ListObject]:
        for index, item in enumerate(value["data"]):
            yield from mismatches(get_args(lists[0])[0], item, f"{path}[{index}]")
    else:
        classes = [o for o in options if isinstance(o, type) and issubclass(o, stripe.StripeObject)]
        same = [c for c in classes if getattr(c, "OBJECT_NAME", None) == value.get("object")]
        if not classes and not any("StripeObject" in str(o) for o in options):
            yield f"{path} is an object"
        for declared in (same or classes)[:1]:
            yield from problems(declared, value, path)


def resolve(option: Any) -> Iterator[Any]:
    """Yield the classes behind forward references and unions."""
    if isinstance(option, ForwardRef):
        yield getattr(stripe, option.__forward_arg__, option)
    elif get_origin(option) is Union:
        yield from (r for inner in get_args(option) for r in resolve(inner))
    else:
        yield option


def accepts(option: Any, value: Any) -> bool:
    if get_origin(option) is Literal:
        return value in get_args(option)
    if option.__class__ is type and option.__name__ == "Decimal":
        return isinstance(value, str)
    return option is type(value)


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
