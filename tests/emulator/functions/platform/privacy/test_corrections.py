"""`privacy_correct` and what follows: the record stays, the correction is kept beside it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.support.canaries import found
from tests.support.errors import CallError
from tests.support.tokens import staff
from tests.unit.coaching.assessments.samples import WIRE

SAYS = {"field": "goalsText", "proposed": "Lead one team", "reason": "I meant one"}


@pytest.fixture
def record(call):
    """The id of Ann's answers."""
    data = WIRE | {"idempotencyKey": str(uuid4())}
    return call("assessments_submit", data, uid="ann")["assessmentId"]


@pytest.fixture
def correct(call, record):
    def correct(uid="ann", **changed):
        about = {"recordType": "assessment_records", "recordId": record}
        data = {"idempotencyKey": str(uuid4()), **about, **SAYS, **changed}
        return call("privacy_correct", data, uid=uid)

    return correct


@pytest.fixture
def reviewer(call):
    def reviewer(name, uid="rita", **data):
        if name == "privacy_decide_correction":
            data = {"idempotencyKey": str(uuid4()), "accepted": True, "answer": "True", **data}
        return call(name, data, uid=uid, **staff("reviewer"))

    return reviewer


@pytest.fixture
def own(call):
    return lambda uid="ann": call("privacy_list_corrections", {}, uid=uid)["items"]


def test_the_record_stays_and_the_correction_is_beside_it(call, correct, own, record):
    asked = correct()

    result = call("assessments_get_result", {"assessmentId": record}, uid="ann")
    assert result["answers"] == WIRE
    (shown,) = own()
    assert shown == asked | {"proposed": "Lead one team", "reason": "I meant one", "answer": None}
    assert (asked["state"], asked["recordId"], asked["field"]) == (
        "requested",
        record,
        "goalsText",
    )


@pytest.mark.parametrize(("accepted", "state"), [(True, "accepted"), (False, "denied")])
def test_staff_read_and_decide_it_with_a_reason(reviewer, correct, own, accepted, state):
    one = {"correctionId": correct()["correctionId"]}

    (waiting,) = reviewer("privacy_list_open_corrections")["items"]
    assert waiting["correctionId"] == one["correctionId"]
    assert "proposed" not in waiting
    assert reviewer("privacy_read_correction", **one)["proposed"] == "Lead one team"
    reviewer("privacy_decide_correction", **one, accepted=accepted, answer="Both are kept")

    (shown,) = own()
    assert (shown["state"], shown["answer"]) == (state, "Both are kept")
    assert shown["proposed"] == "Lead one team"
    assert reviewer("privacy_list_open_corrections")["items"] == []


def test_what_is_due_first_is_listed_first_and_within_a_month(reviewer, correct, set_clock):
    start = datetime.now(UTC)
    asked = []
    for day in range(5):
        set_clock(start + timedelta(days=day))
        asked.append(correct()["correctionId"])

    waiting = reviewer("privacy_list_open_corrections")["items"]

    assert [item["correctionId"] for item in waiting] == asked
    due = datetime.fromisoformat(waiting[0]["dueAt"])
    assert due - datetime.fromisoformat(waiting[0]["requestedAt"]) == timedelta(days=30)


def test_each_look_of_staff_is_audited_without_the_words(reviewer, correct, admin):
    one = {"correctionId": correct()["correctionId"]}
    reviewer("privacy_read_correction", **one)
    reviewer("privacy_decide_correction", **one, answer="A secret answer")

    entries = [entry.to_dict() for entry in admin.collection("audit_entries").get()]
    by_staff = sorted(
        (e["action"], e["role"], e["purpose"], e["subject"], *e["touched"][0]["fields"])
        for e in entries
        if e["actor"] == "rita"
    )
    assert by_staff == [
        ("read", "reviewer", "rights", "ann", "proposed", "reason"),
        ("write", "reviewer", "rights", "ann", "answer"),
    ]
    stored = [
        d.to_dict() for c in ("corrections", "audit_entries") for d in admin.collection(c).get()
    ]
    assert found({"Lead one team", "I meant one", "A secret answer"}, stored, entries) == set()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        pytest.param({"field": "unheard"}, "field", id="no such field"),
        pytest.param({"field": "uid"}, "field", id="a field that is not theirs to correct"),
        pytest.param({"recordType": "unheard"}, "recordType", id="no such type"),
        pytest.param({"recordType": "operations"}, "recordType", id="not exported"),
        pytest.param({"recordType": "assessments"}, "recordType", id="nothing confided"),
        pytest.param({"recordType": "corrections"}, "recordType", id="a correction"),
        pytest.param({"proposed": "x" * 2001}, "proposed", id="too long"),
        pytest.param({"reason": "x" * 1001}, "reason", id="too long a reason"),
    ],
)
def test_what_cannot_be_corrected_is_refused_by_name(correct, own, changed, field):
    with pytest.raises(CallError) as refusal:
        correct(**changed)

    assert refusal.value.status == "INVALID_ARGUMENT"
    assert [problem["field"] for problem in refusal.value.details] == [field]
    assert own() == []


def test_anothers_record_and_a_missing_one_look_the_same(correct, admin):
    refusals = []
    for changed in ({}, {"recordId": "0" * 32}):
        with pytest.raises(CallError) as refusal:
            correct(uid="bob", **changed)
        refusals.append((refusal.value.status, refusal.value.message, refusal.value.details))

    assert refusals[0] == refusals[1]
    assert refusals[0][0] == "NOT_FOUND"
    assert admin.collection("corrections").get() == []


def test_a_record_named_after_its_person_is_theirs_alone(correct, record):
    state = {"recordType": "assessment_state", "field": "readiness", "recordId": "ann"}

    assert correct(**state)["recordId"] == "ann"
    with pytest.raises(CallError) as refusal:
        correct(uid="bob", **state)
    assert refusal.value.status == "NOT_FOUND"


def test_what_was_decided_is_decided_once(reviewer, correct, own):
    one = {"correctionId": correct()["correctionId"]}
    reviewer("privacy_decide_correction", **one, accepted=False, answer="First")

    with pytest.raises(CallError) as refusal:
        reviewer("privacy_decide_correction", uid="ralf", **one, answer="Second")

    assert refusal.value.status == "FAILED_PRECONDITION"
    assert own()[0]["answer"] == "First"


def test_who_reviews_may_read_again_what_was_decided_but_for_the_answer(reviewer, correct):
    one = {"correctionId": correct()["correctionId"]}
    reviewer("privacy_decide_correction", **one, answer="For Ann alone")

    again = reviewer("privacy_read_correction", uid="ralf", **one)

    assert (again["state"], again["proposed"], again["answer"]) == (
        "accepted",
        "Lead one team",
        None,
    )


def test_nobody_decides_what_they_asked_for(reviewer, correct, own):
    one = {"correctionId": correct()["correctionId"]}

    with pytest.raises(CallError) as refusal:
        reviewer("privacy_decide_correction", uid="ann", **one)

    assert refusal.value.status == "FAILED_PRECONDITION"
    assert own()[0]["state"] == "requested"


@pytest.mark.parametrize("role", ["support", "finance", "admin", "coach"])
@pytest.mark.parametrize(
    "name",
    ["privacy_list_open_corrections", "privacy_read_correction", "privacy_decide_correction"],
)
def test_other_roles_see_and_decide_nothing(call, correct, name, role):
    correction_id = correct()["correctionId"]
    data = {"privacy_list_open_corrections": {}}.get(name, {"correctionId": correction_id})
    if name == "privacy_decide_correction":
        data |= {"idempotencyKey": str(uuid4()), "accepted": True, "answer": "x"}

    with pytest.raises(CallError) as refusal:
        call(name, data, uid="mallory", **staff(role))

    assert refusal.value.status == "PERMISSION_DENIED"


def test_it_is_in_the_export_with_what_was_decided(reviewer, correct, export):
    one = {"correctionId": correct()["correctionId"]}
    reviewer("privacy_decide_correction", **one, answer="Both are kept")

    files = export("ann")

    (shown,) = files.json("data/corrections.json")
    assert shown["confidential"] == {
        "proposed": "Lead one team",
        "reason": "I meant one",
        "answer": "Both are kept",
    }
    assert "rita" not in files.everything
