"""`assessments_get_readiness`: the latest score and what follows from it."""

import pytest

from tests.support.errors import CallError


def test_the_latest_readiness_in_one_read_and_one_entry_of_the_audit(call, submit, round_trips):
    assessment_id = submit()

    with round_trips() as counted:
        answer = call("assessments_get_readiness", {}, uid="ann")

    assert answer == {
        "assessmentId": assessment_id,
        "submittedAt": "2027-01-15T09:00:00Z",
        "score": 0.8,
        "level": "high",
        "message": "You are ready to start coaching now and to make the most of it.",
        "intensity": "regular",
        "hoursPerWeek": {"minimum": 4, "maximum": 6},
        "focusAreas": [
            "leadership_development",
            "communication_enhancement",
            "productivity_optimization",
        ],
    }
    assert counted == {"batch_get_documents": 1, "commit": 1}


@pytest.mark.parametrize(
    ("data", "uid", "status"),
    [
        pytest.param({}, None, "UNAUTHENTICATED", id="signed out"),
        pytest.param({}, "bob", "NOT_FOUND", id="never taken"),
        pytest.param({"uid": "ann"}, "bob", "INVALID_ARGUMENT", id="another person's"),
    ],
)
def test_refusals(call, submit, data, uid, status):
    submit("ann")

    with pytest.raises(CallError) as refusal:
        call("assessments_get_readiness", data, uid=uid)

    assert refusal.value.status == status
