"""Customers: one for each person at Stripe, who is told nothing of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.kit import firestore
from app.kit.firestore import ConflictError
from app.platform.customers import customer
from tests.support.giving import Giving


@pytest.fixture
def giving(backend, stripe):
    """A donor, Stripe and the platform."""
    return Giving(backend, stripe)


def ensure(uid):
    """Do what an operation does that needs a customer, as often as others get in between."""

    def attempt():
        customer_id, writes = customer.ensured(firestore.read(customer.key(uid))[0])
        if writes:
            firestore.commit(*writes)
        return customer_id

    return firestore.retrying(attempt)


def saved(giving, uid, name="pm_card_visa"):
    """Let somebody have a saved card; return its id."""
    form = {"customer": ensure(uid)}
    return giving.api("POST", f"/v1/payment_methods/{name}/attach", **form)["id"]


def test_a_person_has_one_customer_whoever_asks_first(giving, admin):
    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(ensure, ["ann"] * 4))

    made = giving.api("GET", "/v1/customers?limit=100")["data"]
    assert ids == {made[0]["id"]}
    assert len(made) == 1
    assert admin.document("customers/ann").get().to_dict()["customerId"] in ids
    assert ensure("bob") not in ids


def test_a_customer_that_could_not_be_kept_is_found_again(giving):
    seen = firestore.read(customer.key("ann"))[0]
    first, _ = customer.ensured(seen)  # and then the process ends

    assert ensure("ann") == first
    with pytest.raises(ConflictError):
        firestore.commit(*customer.ensured(seen)[1])


def test_stripe_is_told_nothing_of_the_person(giving, stripe):
    ensure("somebody-with-a-name")

    (made,) = giving.api("GET", "/v1/customers")["data"]
    told = {name: made[name] for name in ("name", "email", "phone", "metadata", "description")}
    assert told == {"name": None, "email": None, "phone": None, "metadata": {}, "description": None}
    assert "somebody" not in str(stripe.calls())


def test_saved_payment_methods_are_listed_with_the_default(giving, call):
    assert call("customers_list_payment_methods", {}, uid="ann") == {"items": []}
    card = saved(giving, "ann")
    bank = saved(giving, "ann", "pm_usBankAccount")
    saved(giving, "bob")
    form = {"invoice_settings[default_payment_method]": card}
    giving.api("POST", f"/v1/customers/{ensure('ann')}", **form)

    answer = call("customers_list_payment_methods", {}, uid="ann")

    shown = [(m["paymentMethodId"], m["type"], m["isDefault"]) for m in answer["items"]]
    assert shown == [(bank, "us_bank_account", False), (card, "card", True)]
    assert answer["items"][1]["last4"] == "4242"
    assert answer["items"][1]["brand"] == "visa"
