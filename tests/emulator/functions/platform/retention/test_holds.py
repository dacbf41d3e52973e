"""Legal holds: placed and lifted by admins, two to lift, each step audited."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.support.errors import CallError
from tests.support.tokens import staff
from tests.unit.coaching.assessments.samples import WIRE

OF_ANN = {"subject": "ann", "reason": "litigation", "matter": "2027-CV-1"}
OF_ANALYSES = {"recordType": "analyses", "reason": "regulator", "matter": "R-7"}


@pytest.fixture
def place(call):
    def place(uid="boss", **request):
        data = {"idempotencyKey": str(uuid4()), **request}
        return call("retention_place_hold", data, uid=uid, **staff("admin"))

    return place


@pytest.fixture
def lift(call):
    def lift(hold, uid):
        data = {"idempotencyKey": str(uuid4()), "holdId": hold["holdId"]}
        return call("retention_lift_hold", data, uid=uid, **staff("admin"))

    return lift


@pytest.fixture
def held(backend):
    from app.platform.retention.store.holds import held

    return held


@pytest.fixture
def audited(admin):
    def audited():
        entries = [entry.to_dict() for entry in admin.collection("audit_entries").get()]
        return sorted(
            (e["action"], e["actor"], e["role"], e["subject"])
            for e in entries
            if "hold" in e["action"]
        )

    return audited


def test_a_hold_keeps_one_person_until_two_have_lifted_it(place, lift, held, audited):
    hold = place(**OF_ANN)
    assert (held("ann"), held("bob")) == (True, False)

    assert lift(hold, "boss")["state"] == "lift_asked"
    assert held("ann")

    assert lift(hold, "chief")["state"] == "lifted"
    assert not held("ann")
    assert audited() == [
        ("ask_to_lift_hold", "boss", "admin", "ann"),
        ("lift_hold", "chief", "admin", "ann"),
        ("place_hold", "boss", "admin", "ann"),
    ]


def test_who_asked_cannot_confirm(place, lift, held):
    hold = place(**OF_ANN)
    lift(hold, "boss")

    with pytest.raises(CallError) as refusal:
        lift(hold, "boss")

    assert refusal.value.status == "FAILED_PRECONDITION"
    assert held("ann")


def test_a_lifted_hold_is_lifted_for_good(place, lift):
    hold = place(**OF_ANN)
    lift(hold, "boss")
    lift(hold, "chief")

    with pytest.raises(CallError) as refusal:
        lift(hold, "third")

    assert refusal.value.status == "FAILED_PRECONDITION"


def test_one_of_two_matters_that_ends_leaves_the_other(place, lift, held):
    ended = place(**OF_ANN)
    place(**OF_ANN | {"matter": "2027-CV-2"})
    lift(ended, "boss")
    lift(ended, "chief")

    assert held("ann")


def test_a_hold_of_a_record_type_keeps_whoever_has_such_records(place, lift, held, backend):
    submitted = backend.call(
        "assessments_submit", WIRE | {"idempotencyKey": str(uuid4())}, uid="ann"
    )
    hold = place(**OF_ANALYSES)
    place(**OF_ANN | {"subject": "zoe"})
    assert not held("ann")

    backend.deliver("assessments_on_submitted", submitted["assessmentId"])

    assert (held("ann"), held("bob"), held("zoe")) == (True, False, True)
    lift(hold, "boss")
    lift(hold, "chief")
    assert not held("ann")


def test_every_held_type_is_known_however_many_holds_there_are(place, monkeypatch, backend):
    from app.platform.retention.store import holds

    monkeypatch.setattr(holds, "PAGE", 2)
    for record_type in ("analyses", "plans", "donations", "assessments", "analyses"):
        place(**OF_ANALYSES | {"recordType": record_type})
    for uid in ("ann", "bob"):
        place(**OF_ANN | {"subject": uid})

    assert holds.types_held() == {"analyses", "plans", "donations", "assessments"}


def test_a_hold_of_what_has_no_fields_of_people_or_is_named_by_them(place, held, backend):
    place(**OF_ANALYSES | {"recordType": "payments"})
    assert not held("ann")

    place(**OF_ANALYSES | {"recordType": "assessment_state"})
    backend.call("assessments_submit", WIRE | {"idempotencyKey": str(uuid4())}, uid="ann")

    assert (held("ann"), held("bob")) == (True, False)


def test_the_list_is_of_all_holds_newest_first_and_itself_audited(
    call, place, lift, audited, set_clock
):
    start = datetime.now(UTC)
    first = place(**OF_ANN)
    set_clock(start + timedelta(minutes=1))
    second = place(**OF_ANALYSES)
    lift(first, "boss")
    lift(first, "chief")

    page = call("retention_list_holds", {"limit": 1}, uid="boss", **staff("admin"))
    rest = call(
        "retention_list_holds", {"cursor": page["nextCursor"]}, uid="boss", **staff("admin")
    )

    assert [hold["holdId"] for hold in page["items"] + rest["items"]] == [
        second["holdId"],
        first["holdId"],
    ]
    assert rest["items"][0] | {"placedAt": 0, "liftedAt": 0} == {
        "holdId": first["holdId"],
        "subject": "ann",
        "recordType": None,
        "reason": "litigation",
        "matter": "2027-CV-1",
        "state": "lifted",
        "placedBy": "boss",
        "placedAt": 0,
        "liftAskedBy": "boss",
        "liftedBy": "chief",
        "liftedAt": 0,
    }
    assert audited().count(("list_holds", "boss", "admin", "")) == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        pytest.param({"recordType": "analyses"}, "data", id="two things"),
        pytest.param({"subject": None}, "data", id="nothing"),
        pytest.param({"subject": None, "recordType": "unheard_of"}, "recordType", id="no type"),
        pytest.param({"matter": "Ann Smith"}, "matter", id="a name for the matter"),
    ],
)
def test_what_is_no_hold_is_refused(place, held, changed, field):
    with pytest.raises(CallError) as refusal:
        place(**OF_ANN | changed)

    assert refusal.value.status == "INVALID_ARGUMENT"
    assert [problem["field"] for problem in refusal.value.details] == [field]
    assert not held("ann")


@pytest.mark.parametrize(
    "name", ["retention_place_hold", "retention_lift_hold", "retention_list_holds"]
)
@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({}, id="no role"),
        pytest.param(staff("support", "reviewer", "finance"), id="other staff"),
        pytest.param({"roles": ["admin"]}, id="no second factor"),
        pytest.param(staff("admin") | {"auth_time": 1_600_000_000}, id="an old sign-in"),
    ],
)
def test_others_do_nothing(call, place, held, name, claims):
    hold = place(**OF_ANN | {"subject": "zoe"})
    key = {"idempotencyKey": str(uuid4())}
    data = {
        "retention_place_hold": OF_ANN | key,
        "retention_lift_hold": {"holdId": hold["holdId"]} | key,
    }

    with pytest.raises(CallError) as refusal:
        call(name, data.get(name, {}), uid="mallory", **claims)

    assert refusal.value.status == "PERMISSION_DENIED"
    assert (held("ann"), held("zoe")) == (False, True)


def test_a_repeated_call_is_one_hold_and_one_step(call, admin):
    request = OF_ANN | {"idempotencyKey": str(uuid4())}
    first = call("retention_place_hold", request, uid="boss", **staff("admin"))
    again = call("retention_place_hold", request, uid="boss", **staff("admin"))
    asking = {"idempotencyKey": str(uuid4()), "holdId": first["holdId"]}
    for _ in range(2):
        asked = call("retention_lift_hold", asking, uid="boss", **staff("admin"))

    assert first == again
    assert asked["state"] == "lift_asked"
    assert len(admin.collection("holds").get()) == 1
    assert len(admin.collection("audit_entries").get()) == 2
