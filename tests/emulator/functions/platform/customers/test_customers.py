"""Customers: one for each person at Stripe, who is told nothing of them."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.kit import clock, firestore
from app.kit.firestore import ConflictError
from app.platform.customers import customer
from tests.support.errors import CallError
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


def change(giving, name, method_id, uid="ann", key=None):
    request = {"idempotencyKey": key or str(uuid.uuid4()), "paymentMethodId": method_id}
    return giving.backend.call(f"customers_{name}_payment_method", request, uid=uid)


def listed(giving, uid="ann"):
    found = giving.backend.call("customers_list_payment_methods", {}, uid=uid)["items"]
    return [(method["paymentMethodId"], method["isDefault"]) for method in found]


def test_a_card_is_added_on_stripes_page_and_removed_again(giving):
    key = {"idempotencyKey": str(uuid.uuid4())}
    opened = giving.backend.call("customers_add_payment_method", key, uid="ann")
    assert giving.backend.call("customers_add_payment_method", key, uid="ann") == opened
    assert giving.pay({"checkoutUrl": opened["setupUrl"]}) == 303
    ((card, is_default),) = listed(giving)

    assert not is_default
    removal = str(uuid.uuid4())
    assert change(giving, "remove", card, key=removal) == {"paymentMethodId": card}
    assert change(giving, "remove", card, key=removal) == {"paymentMethodId": card}
    assert listed(giving) == []


def test_the_default_is_that_of_what_recurs_too(giving):
    giving.give_monthly(uid="ann")
    (old,) = [method for method, _ in listed(giving)]
    new = saved(giving, "ann", "pm_card_mastercard")

    change(giving, "set_default", new)

    assert dict(listed(giving)) == {new: True, old: False}
    (subscription,) = giving.api("GET", "/v1/subscriptions")["data"]
    assert subscription["default_payment_method"] == new


@pytest.mark.parametrize("name", ["remove", "set_default"])
def test_what_is_anothers_is_as_if_there_were_none(giving, name):
    card = saved(giving, "bob")
    saved(giving, "ann")
    answers = []
    for uid in ("ann", "eve"):  # a customer, and who is none
        for method in (card, "pm_none", "cus_1"):
            with pytest.raises(CallError) as refusal:
                change(giving, name, method, uid=uid)
            answers.append((refusal.value.status, refusal.value.http_status))

    assert set(answers) == {("NOT_FOUND", 404)}
    assert listed(giving, "bob") == [(card, False)]


def test_a_removal_whose_answer_was_lost_is_made_once(giving, monkeypatch):
    from app.kit.firestore import OutcomeUnknownError
    from app.platform.operations import store as operations

    card = saved(giving, "ann")
    real, lost = operations.firestore.commit, []

    def lose(*writes):
        if len(writes) > 1 and not lost:  # not that of a new person's keys
            lost.append(1)
            raise OutcomeUnknownError
        real(*writes)

    monkeypatch.setattr(operations.firestore, "commit", lose)

    assert change(giving, "remove", card) == {"paymentMethodId": card}
    assert lost
    assert listed(giving) == []


def test_the_portal_is_for_who_has_something_to_manage(giving):
    with pytest.raises(CallError) as refusal:
        giving.backend.call("customers_open_portal", {}, uid="ann")
    assert refusal.value.status == "FAILED_PRECONDITION"
    ensure("ann")

    assert giving.backend.call("customers_open_portal", {}, uid="ann")["portalUrl"]


def test_an_erasure_ends_what_is_collected_and_forgets_the_customer_at_stripe(giving, admin):
    from app.platform.privacy.functions import erasing
    from app.platform.privacy.policy import erasure as policy
    from app.platform.privacy.store import erasure as store

    giving.give_monthly(uid="leaver")
    customer_id = ensure("leaver")
    saved(giving, "bob")
    at = clock.now()
    store.begun("leaver", policy.of_journal("leaver", at))
    store.change(store.erasure_id("leaver"), lambda seen: policy.again(seen, at))

    erasing.advance(store.erasure_id("leaver"))

    assert not admin.document("customers/leaver").get().exists
    assert [c["id"] for c in giving.api("GET", "/v1/customers")["data"]] == [ensure("bob")]
    (subscription,) = giving.api("GET", "/v1/subscriptions?status=all")["data"]
    assert (subscription["customer"], subscription["status"]) == (customer_id, "canceled")
    giving.deliver_all()
    kept = [d.to_dict()["state"] for d in admin.collection("donations").stream()]
    assert kept == ["succeeded"]
    for gone in ("monthly_gifts", "gift_terms", "donor_totals"):
        assert list(admin.collection(gone).stream()) == []
