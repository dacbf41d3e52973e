"""`emergencies_*`: 24 hours of what medical personnel may be told, reviewed by somebody else."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.emulator.functions.platform.disclosures.conftest import NOW
from tests.support.errors import CallError
from tests.support.tokens import staff


def refusal(action, *args, **options):
    with pytest.raises(CallError) as error:
        action(*args, **options)
    return error.value.status, error.value.details


@pytest.fixture
def review(call):
    def review(emergency_id, uid="rita", roles=("reviewer",), finding="justified"):
        request = {"emergencyId": emergency_id, "finding": finding, "idempotencyKey": str(uuid4())}
        return call("emergencies_review", request, uid=uid, **staff(*roles))

    return review


@pytest.fixture
def get(call):
    return lambda emergency_id, uid="rita": call(
        "emergencies_get", {"emergencyId": emergency_id}, uid=uid, **staff("reviewer")
    )


@pytest.fixture
def listed(call):
    def listed(**request):
        page = call("emergencies_list", request, uid="rita", **staff("reviewer"))
        return [item["emergencyId"] for item in page["items"]]

    return listed


def test_it_shows_what_medical_personnel_may_be_told_and_nothing_else(
    records, open_emergency, read_emergency
):
    records()

    items = read_emergency(open_emergency())

    assert {item["collection"]: item["fields"] for item in items} == {
        "recovery_facts": {"soberSince": "2026-01-01", "allergies": "nuts"},
        "contacts": {"nextOfKin": "Kim", "phone": "+1 303 555 0142"},
    }


def test_what_was_recorded_is_sealed_under_the_persons_key_and_kept(open_emergency, get, admin):
    emergency_id = open_emergency()

    stored = admin.document(f"emergencies/{emergency_id}").get().to_dict()
    assert stored["sealed"].keys() == {"personnelName", "affiliation", "discloser", "nature"}
    for words in ("Emma", "Denver", "Boss", "Unconscious"):
        assert words not in repr(stored)
    got = get(emergency_id)
    assert (got["personnelName"], got["affiliation"], got["discloser"], got["nature"]) == (
        "Dr Emma Ray",
        "Denver Health",
        "Bo Boss",
        "Unconscious, cause unknown",
    )
    assert (got["openedBy"], got["occurredAt"]) == ("boss", "2027-01-15T09:00:00Z")


def test_after_24_hours_it_is_over(records, open_emergency, read_emergency, later):
    records()
    emergency_id = open_emergency()
    later(hours=23, minutes=59, seconds=59)
    assert read_emergency(emergency_id)

    later(hours=24)
    assert refusal(read_emergency, emergency_id) == ("NOT_FOUND", None)


def test_nobody_but_the_one_who_opened_it_reads(records, open_emergency, read_emergency):
    records()
    emergency_id = open_emergency()

    for uid in ("rita", "ann"):
        assert refusal(read_emergency, emergency_id, uid=uid) == ("NOT_FOUND", None)
    assert refusal(read_emergency, "0" * 32) == ("NOT_FOUND", None)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"roles": ["admin"]},
        staff("coach"),
        staff("finance"),
        staff("support"),
        staff("admin") | {"auth_time": 1_700_000_000},
    ],
    ids=["nobody", "one factor", "coach", "finance", "support", "yesterday"],
)
@pytest.mark.parametrize(
    "name",
    ["emergencies_open", "emergencies_read", "emergencies_get", "emergencies_review"],
)
def test_only_staff_with_a_second_factor_and_a_recent_sign_in(call, name, claims):
    assert refusal(call, name, {}, uid="eve", **claims)[0] == "PERMISSION_DENIED"


def test_a_second_person_reviews_it_and_the_first_is_refused_by_name(open_emergency, review, get):
    emergency_id = open_emergency()

    second_person = ("PERMISSION_DENIED", {"reason": "second_person"})
    assert refusal(review, emergency_id, uid="boss", roles=["admin"]) == second_person
    assert refusal(review, emergency_id, uid="ann", roles=["admin"]) == second_person
    assert review(emergency_id)["finding"] == "justified"
    assert get(emergency_id)["reviewedBy"] == "rita"
    assert refusal(review, emergency_id, uid="rob")[0] == "FAILED_PRECONDITION"


def test_those_that_wait_for_review_are_listed(open_emergency, review, listed, later):
    first = open_emergency()
    later(minutes=1)
    second = open_emergency("bob")
    assert listed() == [second, first]

    review(first)

    assert listed() == [second]
    assert listed(reviewed=True) == [first]


def test_everything_about_it_is_audited(open_emergency, review, get, admin, later):
    emergency_id = open_emergency()
    later(minutes=1)
    get(emergency_id)
    later(minutes=2)
    review(emergency_id)

    found = [entry.to_dict() for entry in admin.collection("audit_entries").stream()]
    mine = [e for e in found if any(emergency_id in t["path"] for t in e["touched"])]
    told = sorted((e["at"].minute, e["actor"], e["role"], e["action"]) for e in mine)
    assert told == [
        (0, "boss", "admin", "write"),
        (0, "boss", "recipient", "open_emergency"),
        (1, "rita", "reviewer", "read"),
        (2, "rita", "reviewer", "review_emergency"),
    ]
    assert {e["subject"] for e in mine} == {"ann"}


@pytest.mark.parametrize("field", ["personnelName", "affiliation", "discloser", "nature"])
@pytest.mark.parametrize("value", ["", "  ", None])
def test_each_thing_that_the_law_wants_recorded_is_required(open_emergency, field, value):
    with pytest.raises(CallError) as error:
        open_emergency(**{field: value})
    assert (error.value.status, error.value.fields) == ("INVALID_ARGUMENT", [field])


@pytest.mark.parametrize(
    "at",
    [
        (NOW + timedelta(minutes=6)).isoformat(),
        (NOW - timedelta(hours=24, seconds=1)).isoformat(),
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_times_that_cannot_be_are_refused(open_emergency, at):
    with pytest.raises(CallError) as error:
        open_emergency(occurredAt=at)
    assert error.value.fields == ["occurredAt"]


def test_for_somebody_without_an_account_nothing_is_made(call, admin):
    request = {
        **dict.fromkeys(("personnelName", "affiliation", "discloser", "nature"), "Words"),
        "subjectUid": "nobody-at-all",
        "occurredAt": NOW.isoformat(),
        "idempotencyKey": str(uuid4()),
    }

    assert refusal(call, "emergencies_open", request, uid="boss", **staff("admin")) == (
        "NOT_FOUND",
        None,
    )
    assert list(admin.collection("emergencies").stream()) == []
