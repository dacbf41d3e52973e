"""`plans_list`: pages of the caller's own, newest first, nothing sensitive."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.emulator.functions.coaching.conftest import PLAN_WISH
from tests.support.errors import CallError


@pytest.fixture
def three(call, premium, analyzed, ask, later):
    """The ids of three plans of Ann's, the newest first; Bob has one as well."""
    ask("bob")
    analyzed("ann")
    ids = []
    for number in range(3):
        later(timedelta(minutes=number))
        request = PLAN_WISH | {"idempotencyKey": str(uuid4())}
        ids.append(call("plans_generate", request, uid="ann")["planId"])
    return ids[::-1]


def test_pages_join_without_gap_or_overlap(call, three):
    first = call("plans_list", {"limit": 2}, uid="ann")
    second = call("plans_list", {"limit": 2, "cursor": first["nextCursor"]}, uid="ann")

    assert [plan["planId"] for plan in first["items"] + second["items"]] == three
    assert second["nextCursor"] is None


def test_an_item_holds_nothing_sensitive_in_one_query(call, ask, round_trips):
    plan_id = ask()

    with round_trips() as counted:
        (item,) = call("plans_list", {}, uid="ann")["items"]

    assert item == {
        "planId": plan_id,
        "assessmentId": item["assessmentId"],
        "status": "generating",
        "progress": 0,
        "source": None,
        "requestedAt": "2027-01-15T09:00:00Z",
        "readyAt": None,
    }
    assert counted == {"run_query": 1}


@pytest.mark.parametrize(
    ("data", "uid", "status"),
    [
        pytest.param({}, None, "UNAUTHENTICATED", id="signed out"),
        pytest.param({"limit": 0}, "ann", "INVALID_ARGUMENT", id="below the limit"),
        pytest.param({"limit": 51}, "ann", "INVALID_ARGUMENT", id="past the limit"),
        pytest.param({"cursor": "made up"}, "ann", "INVALID_ARGUMENT", id="no cursor"),
        pytest.param({"uid": "bob"}, "ann", "INVALID_ARGUMENT", id="unknown field"),
    ],
)
def test_refusals(call, data, uid, status):
    with pytest.raises(CallError) as refusal:
        call("plans_list", data, uid=uid)

    assert refusal.value.status == status
