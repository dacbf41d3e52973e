"""`assessments_submit`: answers sealed, readiness answered, one assessment in 30 days."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest

from app.platform.records import vault
from tests.emulator.functions.coaching.conftest import NOW
from tests.support.errors import CallError
from tests.unit.coaching.assessments.samples import WIRE

KEY = "8c5f0c0e-8b1f-4a06-9a55-0d6d2a2f7d10"
REQUEST = WIRE | {"idempotencyKey": KEY}
OPTIONAL = {"goalsText", "additionalContext", "mainChallengesOther", "skillPrioritiesOther"}
DAY = timedelta(days=1)


def test_readiness_is_answered_and_the_assessment_waits(call, admin):
    answer = call("assessments_submit", REQUEST, uid="ann")

    assert answer == {
        "assessmentId": answer["assessmentId"],
        "readiness": {"score": 0.8, "level": "high"},
        "intensity": "regular",
        "status": "submitted",
    }
    live = admin.document(f"assessments/{answer['assessmentId']}").get().to_dict()
    assert (live["uid"], live["status"], live["progress"]) == ("ann", "submitted", 0)
    assert (live["source"], live["submittedAt"]) == (None, NOW)


def test_no_answer_is_stored_in_plain(call, everything):
    canaries = {
        "professionalRole": "canary-role",
        "mainChallengesOther": "canary-challenge",
        "skillPrioritiesOther": "canary-skill",
        "goalsText": "canary-goals",
        "additionalContext": "canary-context",
    }
    answer = call("assessments_submit", REQUEST | canaries, uid="ann")

    stored = everything()
    record = stored[f"assessment_records/{answer['assessmentId']}"]
    assert record["sealed"].keys() == WIRE.keys() | {"readiness"}
    raw = repr(stored)
    for plain in ("canary", "hands_on_practice", "time_management", "3_months", "'high'", "0.8"):
        assert plain not in raw


def test_the_same_call_again_is_answered_alike_and_stores_nothing(call, everything):
    first = call("assessments_submit", REQUEST, uid="ann")
    stored = everything()

    assert call("assessments_submit", REQUEST, uid="ann") == first
    assert everything() == stored


def test_another_body_under_the_same_key_is_refused(call, everything):
    call("assessments_submit", REQUEST, uid="ann")
    stored = everything()

    with pytest.raises(CallError) as refusal:
        call("assessments_submit", REQUEST | {"commitmentLevel": 5}, uid="ann")

    assert (refusal.value.status, refusal.value.fields) == ("INVALID_ARGUMENT", ["idempotencyKey"])
    assert everything() == stored


@pytest.mark.usefixtures("premium")
@pytest.mark.parametrize(
    ("elapsed", "days_remaining"),
    [(timedelta(), 30), (DAY, 29), (30 * DAY - timedelta(microseconds=1), 1)],
)
def test_too_early_a_retake_says_how_long(submit, later, everything, elapsed, days_remaining):
    submit()
    stored = everything()
    later(elapsed)

    with pytest.raises(CallError) as refusal:
        submit()

    assert refusal.value.status == "FAILED_PRECONDITION"
    assert refusal.value.details == {"daysRemaining": days_remaining}
    assert everything() == stored


def test_a_retake_on_the_boundary_replaces_the_readiness(call, premium, submit, later):
    submit(commitmentLevel=1, feedbackOpennessScore=1)
    later(30 * DAY)
    second = submit(commitmentLevel=5, feedbackOpennessScore=10)

    latest = call("assessments_get_readiness", {}, uid="ann")
    assert (latest["assessmentId"], latest["level"]) == (second, "high")


def test_the_free_plan_includes_one_assessment(submit, later, everything):
    submit()
    stored = everything()
    later(30 * DAY)

    with pytest.raises(CallError) as refusal:
        submit()

    assert refusal.value.status == "FAILED_PRECONDITION"
    assert refusal.value.details == {"reason": "plan", "plan": "premium", "limit": 1}
    assert everything() == stored


def test_people_do_not_wait_for_each_other(submit):
    assert submit("ann") != submit("bob")


def test_of_two_at_once_one_is_stored(call, premium, admin):
    together = threading.Barrier(2)
    outcomes = []

    def attempt():
        together.wait()
        try:
            outcomes.append(
                call("assessments_submit", WIRE | {"idempotencyKey": str(uuid4())}, uid="ann")
            )
        except CallError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (refused,) = [outcome for outcome in outcomes if isinstance(outcome, CallError)]
    assert refused.details == {"daysRemaining": 30}
    for collection in ("assessments", "assessment_records", "assessment_state", "operations"):
        assert len(list(admin.collection(collection).stream())) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"professionalRole": "a" * 101}, "professionalRole", id="too long"),
        pytest.param({"professionalRole": " "}, "professionalRole", id="white space"),
        pytest.param({"professionalRole": "a\0b"}, "professionalRole", id="NUL"),
        pytest.param({"goalsText": "\ud800"}, "goalsText", id="lone surrogate"),
        pytest.param({"goalsText": "a" * 1001}, "goalsText", id="goals too long"),
        pytest.param({"goalsText": None}, "goalsText", id="null"),
        pytest.param({"mainChallenges": []}, "mainChallenges", id="no challenge"),
        pytest.param({"mainChallenges": ["other"] * 2}, "mainChallenges", id="duplicate"),
        pytest.param({"skillPriorities": ["flying"]}, "skillPriorities.0", id="unknown option"),
        pytest.param({"commitmentLevel": 0}, "commitmentLevel", id="below the scale"),
        pytest.param({"commitmentLevel": 6}, "commitmentLevel", id="above the scale"),
        pytest.param({"commitmentLevel": "4"}, "commitmentLevel", id="a number in quotes"),
        pytest.param({"commitmentLevel": 2**53}, "commitmentLevel", id="2^53"),
        pytest.param({"commitmentLevel": float("nan")}, "commitmentLevel", id="NaN"),
        pytest.param({"learningStyle": "osmosis"}, "learningStyle", id="unknown style"),
        pytest.param({"idempotencyKey": "../x"}, "idempotencyKey", id="path for a key"),
        pytest.param({"uid": "bob"}, "uid", id="unknown field"),
    ],
)
def test_bad_answers_are_named_and_change_nothing(call, everything, changes, field):
    with pytest.raises(CallError) as refusal:
        call("assessments_submit", REQUEST | changes, uid="ann")

    assert refusal.value.status == "INVALID_ARGUMENT"
    assert refusal.value.fields[0] == field
    assert everything() == {}


@pytest.mark.parametrize("field", sorted(REQUEST.keys() - OPTIONAL))
def test_a_missing_answer_is_named(call, everything, field):
    with pytest.raises(CallError) as refusal:
        call("assessments_submit", {k: v for k, v in REQUEST.items() if k != field}, uid="ann")

    assert refusal.value.fields == [field]
    assert everything() == {}


def test_warm_it_is_one_read_and_one_commit_and_no_kms_call(call, kms, round_trips):
    vault.keyring.keys("ann", create=True)  # an earlier call
    kms_calls = len(kms.calls())

    with round_trips() as counted:
        call("assessments_submit", REQUEST, uid="ann")

    assert counted == {"batch_get_documents": 1, "commit": 1}
    assert len(kms.calls()) == kms_calls


def test_signed_out_comes_before_malformed(call, everything):
    with pytest.raises(CallError) as refusal:
        call("assessments_submit", {}, uid=None)

    assert refusal.value.status == "UNAUTHENTICATED"
    assert everything() == {}


def test_while_kms_is_down_nothing_is_stored(call, kms, everything):
    kms.inject({"code": "UNAVAILABLE", "times": -1})

    with pytest.raises(CallError) as refusal:
        call("assessments_submit", REQUEST, uid="ann")

    assert refusal.value.status == "UNAVAILABLE"
    assert everything() == {}
