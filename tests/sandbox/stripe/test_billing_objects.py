"""The objects of recurring money have the fields that the SDK's own classes declare."""

import json
from typing import Any

import pytest
import stripe

from tests.sandbox.stripe.declared import problems
from tests.sandbox.stripe.subscribers import HOUR, Club, ends, item_of

CLASSES: dict[str, Any] = {
    "subscriptions": stripe.Subscription,
    "invoices": stripe.Invoice,
    "invoice_payments": stripe.InvoicePayment,
    "setup_intents": stripe.SetupIntent,
    "coupons": stripe.Coupon,
    "promotion_codes": stripe.PromotionCode,
    "payment_methods": stripe.PaymentMethod,
    "customers": stripe.Customer,
    "prices": stripe.Price,
    "products": stripe.Product,
    "payment_intents": stripe.PaymentIntent,
    "charges": stripe.Charge,
    "checkout/sessions": stripe.checkout.Session,
    "billing_portal/configurations": stripe.billing_portal.Configuration,
    "events": stripe.Event,
}
BY_OBJECT: dict[str, Any] = {
    c.OBJECT_NAME: c for c in [*CLASSES.values(), stripe.Discount, stripe.billing_portal.Session]
}
EXPANDED = {
    "subscriptions": [
        "data.latest_invoice.payments",
        "data.discounts",
        "data.default_payment_method",
    ],
    "invoices": ["data.confirmation_secret", "data.payments", "data.discounts"],
    "checkout/sessions": ["data.subscription", "data.setup_intent", "data.line_items"],
}


@pytest.fixture
def everything(club: Club) -> Club:
    """A club whose subscriptions have been through every state."""
    cheap, dear, yearly = club.price(3000), club.price(6000), club.price(50_000, "year")
    off = club.v1.coupons.create({"percent_off": 12.5, "duration": "forever", "name": "Friends"})
    once = club.v1.coupons.create({"amount_off": 500, "currency": "usd", "max_redemptions": 2})
    code = club.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": once.id}, "code": "ONCE"}
    )
    customer = club.customer(name="Ada", phone="1")
    kept = club.subscribe(customer, cheap, discounts=[{"coupon": off.id}])
    held = club.subscribe(club.customer(), cheap)
    club.v1.subscriptions.update(held.id, {"pause_collection": {"behavior": "keep_as_draft"}})
    paused = club.subscribe(club.customer(), cheap, discounts=[{"promotion_code": code.id}])
    club.v1.subscriptions.update(
        paused.id, {"pause_collection": {"behavior": "mark_uncollectible"}}
    )
    trial = club.subscribe(
        club.customer(None),
        cheap,
        trial_period_days=40,
        payment_behavior="default_incomplete",
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
    )
    assert trial.pending_setup_intent is not None
    failing = club.customer()
    club.subscribe(failing, cheap)
    club.use(failing, "pm_card_chargeCustomerFail")
    club.subscribe(failing, cheap)
    ending = club.subscribe(customer, cheap)
    club.v1.subscriptions.update(ending.id, {"cancel_at_period_end": True})
    club.v1.subscriptions.cancel(
        club.subscribe(customer, dear).id, {"prorate": True, "invoice_now": True}
    )
    club.days(3)
    club.v1.subscriptions.update(kept.id, {"items": [{"id": item_of(kept), "price": dear}]})
    checkout(club, cheap)
    club.v1.billing_portal.sessions.create({"customer": customer, "return_url": "http://a.test"})
    club.until(ends(kept) + 12 * 24 * HOUR)
    club.v1.subscriptions.update(kept.id, {"items": [{"id": item_of(kept), "price": yearly}]})
    return club


def checkout(club: Club, price: str) -> None:
    shop = club.shop
    items = [{"price": price, "quantity": 2}]
    trials: list[Any] = [{}, {"trial_period_days": 7}]
    for data in trials:
        made = shop.session(mode="subscription", line_items=items, subscription_data=data)
        assert shop.pay(made.url).status_code == 303
    open_setup: Any = {
        "mode": "setup",
        "customer": club.customer(None),
        "success_url": "http://a.b",
    }
    saved = club.v1.checkout.sessions.create(open_setup)
    assert shop.pay(saved.url, "pm_card_chargeDeclined").status_code == 402
    assert shop.pay(saved.url).status_code == 303
    club.v1.checkout.sessions.create(open_setup)


def test_every_object_is_as_declared(everything: Club) -> None:
    found: list[str] = []
    for path, declared in CLASSES.items():
        things = listed(everything, path)
        assert things, path
        for thing in things:
            found += problems(declared, thing)
            if path == "events":
                about = thing["data"]["object"]
                found += problems(BY_OBJECT[about["object"]], about)

    assert sorted(set(found)) == []


def listed(club: Club, path: str) -> list[dict[str, Any]]:
    """Return all things of a kind."""
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 100, "expand": EXPANDED.get(path, [])}
    if path == "subscriptions":
        params["status"] = "all"
    while True:
        cursor = {"starting_after": found[-1]["id"]} if found else {}
        reply = json.loads(
            club.shop.client().raw_request("get", f"/v1/{path}", **params, **cursor).body
        )
        found += reply["data"]
        if not reply["has_more"]:
            return found


def test_every_state_was_seen(everything: Club) -> None:
    assert {s["status"] for s in listed(everything, "subscriptions")} == {
        "active",
        "canceled",
        "incomplete_expired",
        "paused",
        "unpaid",
    }
    assert {i["status"] for i in listed(everything, "invoices")} == {
        "draft",
        "open",
        "paid",
        "uncollectible",
        "void",
    }
    assert {e["data"]["object"]["object"] for e in listed(everything, "events")} >= {
        "subscription",
        "invoice",
        "invoice_payment",
        "setup_intent",
        "coupon",
        "promotion_code",
        "payment_method",
        "discount",
        "billing_portal.session",
    }


def test_what_is_not_listed_is_as_declared(everything: Club) -> None:
    customer = everything.customer()
    made = everything.subscribe(customer, everything.price())
    client = everything.shop.client()
    preview = client.raw_request("post", "/v1/invoices/create_preview", subscription=made.id)
    portal = client.raw_request("post", "/v1/billing_portal/sessions", customer=customer)

    assert list(problems(stripe.Invoice, json.loads(preview.body))) == []
    assert list(problems(stripe.billing_portal.Session, json.loads(portal.body))) == []
