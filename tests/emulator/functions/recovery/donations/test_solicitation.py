"""The switch: no new gift where gifts are not asked for, and nothing else changes."""

import uuid

import pytest

from tests.support.errors import CallError
from tests.support.giving import MONTH_DAYS
from tests.support.tokens import staff


def switch(giving, *, open_=True, states=("CO",), roles=("admin",)):
    data = {"idempotencyKey": str(uuid.uuid4()), "open": open_, "states": list(states)}
    name = "donations_set_solicitation"
    return giving.backend.call(name, data, uid="boss", **staff(*roles))


def reason(action, **wanted):
    with pytest.raises(CallError) as refusal:
        action(**wanted)
    assert refusal.value.status == "FAILED_PRECONDITION"
    return refusal.value.details["reason"]


def test_while_it_is_off_nothing_new_begins_and_what_runs_goes_on(giving, admin):
    gift_id = giving.give_monthly()

    assert switch(giving, open_=False) == {"open": False, "states": ["CO"]}

    def changed():
        data = {"idempotencyKey": str(uuid.uuid4()), "monthlyGiftId": gift_id}
        data["customAmountCents"] = 500
        giving.backend.call("donations_change_monthly", data, uid="donor")

    assert reason(giving.checkout) == "solicitation"
    assert reason(giving.start_monthly) == "solicitation"
    assert reason(changed) == "solicitation"
    giving.advance(MONTH_DAYS)
    assert len(list(admin.collection("donations").stream())) == 2
    found = giving.backend.get("donations_calculate_impact")
    assert found["solicitation"] == {"open": False, "states": ["CO"]}

    switch(giving)
    assert giving.checkout()["checkoutUrl"]


def test_a_donor_of_a_state_without_registration_is_refused(giving, stripe):
    before = len(stripe.calls())
    assert reason(giving.checkout, donorState="NM") == "state"
    assert reason(giving.start_monthly, donorState="NM") == "state"
    assert len(stripe.calls()) == before
    assert giving.checkout(donorState="CO")["checkoutUrl"]

    assert switch(giving, states=("NM", "CO", "NM"))["states"] == ["CO", "NM"]
    assert giving.checkout(donorState="NM")["checkoutUrl"]


def test_only_admins_switch_and_it_is_audited(giving, admin):
    with pytest.raises(CallError) as refusal:
        switch(giving, open_=False, roles=("finance",))
    assert refusal.value.status == "PERMISSION_DENIED"
    assert not admin.document("solicitation/main").get().exists

    switch(giving)
    entries = [entry.to_dict() for entry in admin.collection("audit_entries").stream()]
    assert [e["actor"] for e in entries if e["action"] == "set_solicitation"] == ["boss"]
