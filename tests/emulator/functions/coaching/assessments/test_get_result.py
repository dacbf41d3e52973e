"""`assessments_get_result`: the answers exactly as given, and the analysis once it is there."""

import os
import subprocess
import sys

import pytest
from firebase_admin import auth

from tests.support.errors import CallError
from tests.unit.coaching.assessments.samples import WIRE


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("  kept as it is \n", id="white space around"),
        pytest.param("👩🏽‍💻 🇲🇽", id="emoji sequences"),
        pytest.param("\u202eאבג مرحبا\u202c", id="right to left"),
        pytest.param("e\u0301 is not é", id="combining marks"),
        pytest.param("𝄞" * 100, id="100 code points beyond the first plane"),
    ],
)
def test_all_answers_come_back_exactly_as_given(call, submit, text):
    own_words = dict.fromkeys(
        (
            "professionalRole",
            "mainChallengesOther",
            "skillPrioritiesOther",
            "goalsText",
            "additionalContext",
        ),
        text,
    )
    assessment_id = submit(**own_words)

    result = call("assessments_get_result", {"assessmentId": assessment_id}, uid="ann")

    assert result["answers"] == WIRE | own_words


def test_before_the_analysis_all_else_is_there(call, submit):
    assessment_id = submit()

    result = call("assessments_get_result", {"assessmentId": assessment_id}, uid="ann")

    assert result == {
        "assessmentId": assessment_id,
        "status": "submitted",
        "progress": 0,
        "source": None,
        "questionnaireVersion": 1,
        "submittedAt": "2027-01-15T09:00:00Z",
        "analyzedAt": None,
        "answers": WIRE,
        "readiness": {
            "score": 0.8,
            "level": "high",
            "intensity": "regular",
            "focusAreas": [
                "leadership_development",
                "communication_enhancement",
                "productivity_optimization",
            ],
        },
        "analysis": None,
        "resources": [],
    }


def test_an_analyzed_one_in_one_read_and_one_entry_of_the_audit(call, analyzed, round_trips):
    assessment_id = analyzed()

    with round_trips() as counted:
        result = call("assessments_get_result", {"assessmentId": assessment_id}, uid="ann")

    assert (result["status"], result["progress"], result["source"]) == ("analyzed", 100, "model")
    analysis = result["analysis"]
    assert 0 <= analysis["confidence"] <= 1
    for claim in [*analysis["strengths"], analysis["learningApproach"]]:
        assert claim["text"]
        assert set(claim["questionIds"]) <= WIRE.keys()
    assert counted == {"batch_get_documents": 1, "commit": 1}


@pytest.mark.parametrize(
    ("uid", "assessment_id", "status"),
    [
        pytest.param(None, "ann's", "UNAUTHENTICATED", id="signed out"),
        pytest.param("bob", "ann's", "NOT_FOUND", id="another person's"),
        pytest.param("ann", "0" * 32, "NOT_FOUND", id="no such assessment"),
        pytest.param("ann", "a/../b", "INVALID_ARGUMENT", id="path characters"),
        pytest.param("ann", "..", "INVALID_ARGUMENT", id="parent"),
        pytest.param("ann", "__a__", "INVALID_ARGUMENT", id="reserved by Firestore"),
        pytest.param("ann", "a" * 129, "INVALID_ARGUMENT", id="too long"),
        pytest.param("ann", "", "INVALID_ARGUMENT", id="empty"),
        pytest.param("ann", None, "INVALID_ARGUMENT", id="null"),
        pytest.param("ann", 7, "INVALID_ARGUMENT", id="a number"),
    ],
)
def test_refusals(call, analyzed, uid, assessment_id, status):
    stored = analyzed()
    wanted = stored if assessment_id == "ann's" else assessment_id

    with pytest.raises(CallError) as refusal:
        call("assessments_get_result", {"assessmentId": wanted}, uid=uid)

    assert refusal.value.status == status


def test_anothers_and_a_missing_one_look_the_same(call, submit):
    anothers = submit("ann")
    submit("bob")  # who has a key of his own, which does not open Ann's
    refusals = []
    for assessment_id in (anothers, "0" * 32):
        with pytest.raises(CallError) as refusal:
            call("assessments_get_result", {"assessmentId": assessment_id}, uid="bob")
        refusals.append((refusal.value.status, refusal.value.message, refusal.value.details))

    assert refusals[0] == refusals[1]


def test_an_ended_session_reads_nothing(call, submit):
    assessment_id = submit()
    auth.update_user("ann", disabled=True)
    try:
        with pytest.raises(CallError) as refusal:
            call("assessments_get_result", {"assessmentId": assessment_id}, uid="ann")
    finally:
        auth.update_user("ann", disabled=False)

    assert refusal.value.status == "UNAUTHENTICATED"


def test_sealed_answers_moved_to_another_field_do_not_open(call, admin, submit):
    assessment_id = submit()
    record = admin.document(f"assessment_records/{assessment_id}")
    sealed = record.get().to_dict()["sealed"]
    record.update({"sealed.goalsText": sealed["additionalContext"]})

    with pytest.raises(CallError) as failure:
        call("assessments_get_result", {"assessmentId": assessment_id}, uid="ann")

    assert (failure.value.status, failure.value.message) == ("INTERNAL", "Something went wrong.")


READ_ELSEWHERE = """
import sys
from app.coaching.assessments import store
from app.platform.records.vault import Owner
print(store.load(sys.argv[1], uid="ann", by=Owner("ann")).answers.goals_text)
"""


def test_another_process_reads_what_this_one_wrote(submit):
    assessment_id = submit(goalsText="read by another process")

    other = subprocess.run(  # noqa: S603  # our own interpreter and program
        [sys.executable, "-c", READ_ELSEWHERE, assessment_id],
        env={**os.environ, "PYTHONPATH": "functions"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert other.stdout == "read by another process\n"
