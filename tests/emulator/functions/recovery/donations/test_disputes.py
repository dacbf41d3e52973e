"""Disputes through their life, as finance sees and handles them."""

import uuid

import pytest

from tests.support.errors import CallError
from tests.support.tokens import staff


def call(giving, name, donation_id, **data):
    data = {"idempotencyKey": str(uuid.uuid4()), "donationId": donation_id, **data}
    return giving.backend.call(f"donations_{name}_dispute", data, uid="fin", **staff("finance"))


def listed(giving):
    return giving.backend.call("donations_list_disputed", {}, uid="fin", **staff("finance"))[
        "items"
    ]


def state(admin, donation_id):
    return admin.document(f"donations/{donation_id}").get().get("state")


def reason(action, *args):
    with pytest.raises(CallError) as refusal:
        action(*args)
    return refusal.value.details["reason"]


@pytest.fixture
def disputed(giving):
    """A gift whose donor's bank took the money back."""
    checkout = giving.checkout(dedication="For Joe")
    giving.pay(checkout, "pm_card_createDispute")
    giving.sandbox("clock", advanceSeconds=60)
    giving.deliver_all()
    return checkout["donationId"]


def the_dispute(giving):
    (found,) = giving.api("GET", "/v1/disputes")["data"]
    return found


def test_it_is_listed_while_it_is_open_and_answered_once(giving, admin, disputed, stripe):
    giving.give()
    giving.deliver_all()
    (item,) = listed(giving)
    assert item["donationId"] == disputed
    assert (item["amountCents"], item["disputedCents"]) == (25_000, 25_000)

    answer = call(giving, "answer", disputed)

    assert answer["status"] == "under_review"
    evidence = the_dispute(giving)["evidence"]["uncategorized_text"]
    assert "250.00 USD" in evidence
    assert "For Joe" not in str(stripe.calls())
    assert reason(call, giving, "answer", disputed) == "not_waiting"
    assert reason(call, giving, "accept", disputed) == "not_waiting"
    giving.advance(30)
    assert state(admin, disputed) == "charged_back"
    assert listed(giving) == []


def test_a_dispute_that_is_won_gives_the_gift_back(giving, admin, disputed):
    dispute_id = the_dispute(giving)["id"]
    form = {"evidence[uncategorized_text]": "winning_evidence", "submit": "true"}
    giving.api("POST", f"/v1/disputes/{dispute_id}", **form)

    giving.advance(1)

    assert state(admin, disputed) == "succeeded"
    assert listed(giving) == []


def test_what_is_accepted_is_lost(giving, admin, disputed):
    key = str(uuid.uuid4())
    first = call(giving, "accept", disputed, idempotencyKey=key)
    assert call(giving, "accept", disputed, idempotencyKey=key) == first
    assert first["status"] == "lost"
    giving.deliver_all()

    assert state(admin, disputed) == "charged_back"


def test_what_is_not_disputed_has_nothing_to_answer(giving):
    donation_id, _ = giving.give()
    giving.deliver_all()
    unpaid = giving.checkout()["donationId"]

    assert reason(call, giving, "answer", donation_id) == "not_waiting"
    assert reason(call, giving, "answer", unpaid) == "not_waiting"
    with pytest.raises(CallError) as refusal:
        call(giving, "answer", "0" * 32)
    assert refusal.value.status == "NOT_FOUND"


def test_it_is_for_finance_alone(giving, disputed):
    data = {"idempotencyKey": str(uuid.uuid4()), "donationId": disputed}
    for name in ("answer", "accept"):
        with pytest.raises(CallError) as refusal:
            giving.backend.call(f"donations_{name}_dispute", data, uid="donor")
        assert refusal.value.status == "PERMISSION_DENIED"
    assert the_dispute(giving)["status"] == "needs_response"
