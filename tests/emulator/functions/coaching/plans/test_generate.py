"""`plans_generate`: goals sealed, and a plan that is written by itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from app.platform.records import vault
from tests.emulator.functions.coaching.conftest import NOW, PLAN_WISH
from tests.support.errors import CallError
from tests.support.subscribing import entitle

REQUEST = PLAN_WISH | {"idempotencyKey": "8c5f0c0e-8b1f-4a06-9a55-0d6d2a2f7d10"}


def test_a_plan_is_asked_for_and_waits(call, analyzed, admin):
    assessment_id = analyzed()

    answer = call("plans_generate", REQUEST, uid="ann")

    assert answer == {"planId": answer["planId"], "status": "generating"}
    live = admin.document(f"plans/{answer['planId']}").get().to_dict()
    assert (live["uid"], live["assessmentId"], live["requestedAt"]) == ("ann", assessment_id, NOW)
    assert (live["status"], live["progress"], live["source"]) == ("generating", 0, None)


def test_goals_are_not_stored_in_plain(call, analyzed, everything):
    analyzed()
    answer = call("plans_generate", REQUEST | {"goals": ["canary-goal"]}, uid="ann")

    stored = everything()
    asked = stored[f"plan_requests/{answer['planId']}"]
    assert asked["sealed"].keys() == {"goals", "timeframe", "intensity"}
    for plain in ("canary", "6_months", "regular"):
        assert plain not in repr(stored)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param({}, "regular", id="of the readiness"),
        pytest.param({"intensity": None}, "regular", id="null"),
        pytest.param({"intensity": "intensive"}, "intensive", id="own"),
    ],
)
def test_intensity_is_that_of_the_readiness_unless_given(call, ask, given, kept):
    plan_id = ask(**given)

    assert call("plans_get", {"planId": plan_id}, uid="ann")["intensity"] == kept


def test_the_same_call_again_is_answered_alike_and_stores_nothing(call, analyzed, everything):
    analyzed()
    first = call("plans_generate", REQUEST, uid="ann")
    stored = everything()

    assert call("plans_generate", REQUEST, uid="ann") == first
    assert everything() == stored


def test_another_body_under_the_same_key_is_refused(call, analyzed, everything):
    analyzed()
    call("plans_generate", REQUEST, uid="ann")
    stored = everything()

    with pytest.raises(CallError) as refusal:
        call("plans_generate", REQUEST | {"timeframe": "1_year"}, uid="ann")

    assert refusal.value.fields == ["idempotencyKey"]
    assert everything() == stored


def test_another_key_asks_for_another_plan(call, premium, analyzed):
    analyzed()
    first = call("plans_generate", REQUEST, uid="ann")

    assert call("plans_generate", REQUEST | {"idempotencyKey": str(uuid4())}, uid="ann") != first


def test_the_free_plan_includes_one_plan(call, analyzed, everything):
    analyzed()
    call("plans_generate", REQUEST, uid="ann")
    stored = everything()

    with pytest.raises(CallError) as refusal:
        call("plans_generate", REQUEST | {"idempotencyKey": str(uuid4())}, uid="ann")

    assert refusal.value.status == "FAILED_PRECONDITION"
    assert refusal.value.details == {"reason": "plan", "plan": "premium", "limit": 1}
    assert everything() == stored


def test_premium_counts_while_it_lasts(call, analyzed, later):
    entitle("ann", until=NOW)
    analyzed()
    call("plans_generate", REQUEST, uid="ann")
    second, third = (REQUEST | {"idempotencyKey": str(uuid4())} for _ in range(2))
    later(timedelta(days=7) - timedelta(microseconds=1))
    call("plans_generate", second, uid="ann")
    later(timedelta(days=7))

    with pytest.raises(CallError) as refusal:
        call("plans_generate", third, uid="ann")

    assert refusal.value.details["reason"] == "plan"


def test_of_two_at_once_the_free_plan_gives_one(call, analyzed, admin):
    analyzed()

    def attempt(_):
        try:
            return call("plans_generate", REQUEST | {"idempotencyKey": str(uuid4())}, uid="ann")
        except CallError as error:
            return error.details["reason"]

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(attempt, range(2)))

    assert "plan" in outcomes
    assert len(list(admin.collection("plans").stream())) == 1


def test_without_an_assessment_there_is_no_plan(call, analyzed, everything):
    analyzed("bob")
    stored = everything()

    with pytest.raises(CallError) as refusal:
        call("plans_generate", REQUEST, uid="ann")

    assert (refusal.value.status, refusal.value.message) == (
        "FAILED_PRECONDITION",
        "Take the assessment first.",
    )
    assert everything() == stored


@pytest.mark.usefixtures("premium")
def test_the_latest_assessment_must_be_analyzed(call, analyzed, submit, later, everything):
    analyzed()
    later(timedelta(days=30))
    submit()
    stored = everything()

    with pytest.raises(CallError) as refusal:
        call("plans_generate", REQUEST, uid="ann")

    assert refusal.value.status == "FAILED_PRECONDITION"
    assert everything() == stored


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"goals": []}, "goals", id="no goal"),
        pytest.param({"goals": ["g"] * 11}, "goals", id="eleven goals"),
        pytest.param({"goals": ["g" * 201]}, "goals.0", id="a goal too long"),
        pytest.param({"goals": ["ok", "\t "]}, "goals.1", id="a blank goal"),
        pytest.param({"goals": ["a\0b"]}, "goals.0", id="NUL"),
        pytest.param({"goals": ["\udfff"]}, "goals.0", id="lone surrogate"),
        pytest.param({"goals": "one"}, "goals", id="no list"),
        pytest.param({"goals": None}, "goals", id="null"),
        pytest.param({"timeframe": "ongoing"}, "timeframe", id="no end"),
        pytest.param({"timeframe": 3}, "timeframe", id="a number"),
        pytest.param({"intensity": "extreme"}, "intensity", id="unknown intensity"),
        pytest.param({"idempotencyKey": "1/2"}, "idempotencyKey", id="no UUID"),
        pytest.param({"assessmentId": "a"}, "assessmentId", id="unknown field"),
    ],
)
def test_bad_requests_are_named_and_change_nothing(call, analyzed, everything, changes, field):
    analyzed()
    stored = everything()

    with pytest.raises(CallError) as refusal:
        call("plans_generate", REQUEST | changes, uid="ann")

    assert (refusal.value.status, refusal.value.fields[0]) == ("INVALID_ARGUMENT", field)
    assert everything() == stored


@pytest.mark.parametrize("field", REQUEST)
def test_a_missing_field_is_named(call, field):
    with pytest.raises(CallError) as refusal:
        call("plans_generate", {k: v for k, v in REQUEST.items() if k != field}, uid="ann")

    assert refusal.value.fields == [field]


def test_signed_out_comes_before_malformed(call):
    with pytest.raises(CallError) as refusal:
        call("plans_generate", {}, uid=None)

    assert refusal.value.status == "UNAUTHENTICATED"


def test_warm_it_is_two_reads_and_one_commit_and_no_kms_call(call, analyzed, kms, round_trips):
    analyzed()
    vault.keyring.keys("ann", create=True)  # an earlier call
    kms_calls = len(kms.calls())

    with round_trips() as counted:
        call("plans_generate", REQUEST, uid="ann")

    assert counted == {"batch_get_documents": 2, "commit": 1}
    assert len(kms.calls()) == kms_calls
