"""`plans_get`: what was asked for and, once it is there, the plan."""

import pytest
from firebase_admin import auth

from tests.emulator.functions.coaching.conftest import PLAN_WISH
from tests.support.errors import CallError


def test_before_it_is_written_the_wish_is_there(call, ask):
    goals = ["  Kept as it is \n", "👩🏽‍💻 אבג e\u0301"]
    plan_id = ask(goals=goals, timeframe="1_month", intensity="light")

    got = call("plans_get", {"planId": plan_id}, uid="ann")

    assert got == {
        "planId": plan_id,
        "assessmentId": got["assessmentId"],
        "status": "generating",
        "progress": 0,
        "source": None,
        "requestedAt": "2027-01-15T09:00:00Z",
        "readyAt": None,
        "goals": goals,
        "timeframe": "1_month",
        "intensity": "light",
        "plan": None,
        "resources": [],
    }


def test_a_ready_one_in_one_read_and_one_entry_of_the_audit(call, planned, round_trips):
    plan_id = planned()

    with round_trips() as counted:
        got = call("plans_get", {"planId": plan_id}, uid="ann")

    assert (got["status"], got["source"]) == ("ready", "model")
    plan = got["plan"]
    assert 3 <= len(plan["phases"]) <= 4
    assert len(plan["goals"]) == len(PLAN_WISH["goals"])
    assert plan["sessions"].keys() == {"goal", "reality", "options", "will"}
    assert plan["weeklyStructure"]["hours"] == {"minimum": 4, "maximum": 6}
    assert plan["totalWeeks"] == sum(phase["durationWeeks"] for phase in plan["phases"]) == 26
    assert counted == {"batch_get_documents": 1, "commit": 1}


@pytest.mark.parametrize(
    ("uid", "plan_id", "status"),
    [
        pytest.param(None, "ann's", "UNAUTHENTICATED", id="signed out"),
        pytest.param("bob", "ann's", "NOT_FOUND", id="another person's"),
        pytest.param("ann", "0" * 32, "NOT_FOUND", id="no such plan"),
        pytest.param("ann", "a/../b", "INVALID_ARGUMENT", id="path characters"),
        pytest.param("ann", "", "INVALID_ARGUMENT", id="empty"),
        pytest.param("ann", None, "INVALID_ARGUMENT", id="null"),
    ],
)
def test_refusals(call, planned, uid, plan_id, status):
    stored = planned()
    wanted = stored if plan_id == "ann's" else plan_id

    with pytest.raises(CallError) as refusal:
        call("plans_get", {"planId": wanted}, uid=uid)

    assert refusal.value.status == status


def test_anothers_and_a_missing_one_look_the_same(call, ask):
    anothers = ask("ann")
    ask("bob")  # who has a key of his own, which does not open Ann's
    refusals = []
    for plan_id in (anothers, "0" * 32):
        with pytest.raises(CallError) as refusal:
            call("plans_get", {"planId": plan_id}, uid="bob")
        refusals.append((refusal.value.status, refusal.value.message, refusal.value.details))

    assert refusals[0] == refusals[1]
    assert refusals[0][0] == "NOT_FOUND"


def test_a_disabled_account_reads_nothing(call, ask):
    plan_id = ask()
    auth.update_user("ann", disabled=True)
    try:
        with pytest.raises(CallError) as refusal:
            call("plans_get", {"planId": plan_id}, uid="ann")
    finally:
        auth.update_user("ann", disabled=False)

    assert refusal.value.status == "UNAUTHENTICATED"
