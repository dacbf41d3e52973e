"""`breaches_*`: the register of breaches, and who must be told by when."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.support.errors import CallError
from tests.support.tokens import staff

NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def later(set_clock):
    set_clock(NOW)
    return lambda **elapsed: set_clock(NOW + timedelta(**elapsed))


@pytest.fixture
def admin_call(call):
    return lambda name, **data: call(name, data, uid="boss", **staff("admin"))


@pytest.fixture
def record(admin_call):
    def record(**changes):
        breach = {
            "discoveredAt": NOW.isoformat(),
            "kind": "misdirected",
            "categories": ["coaching"],
            "peopleAffected": 700,
            "coloradoResidents": 500,
            "mostInOneState": 500,
            "idempotencyKey": str(uuid4()),
        } | changes
        return admin_call("breaches_record", **breach)

    return record


@pytest.fixture
def update(admin_call):
    return lambda breach_id, **changes: admin_call(
        "breaches_update", breachId=breach_id, idempotencyKey=str(uuid4()), **changes
    )


def clocks(breach, field="daysLeft"):
    return {clock["duty"]: clock[field] for clock in breach["clocks"] if clock["applies"]}


def test_the_clocks_run_from_the_discovery(record, admin_call, later):
    record()
    later(days=10, hours=1)

    (breach,) = admin_call("breaches_list")["items"]

    assert clocks(breach) == {
        "people_colorado": 20,
        "people_federal": 50,
        "attorney_general": 20,
        "media": 50,
        "hhs": 50,
        "ftc": 50,
    }
    assert clocks(breach, "due")["people_colorado"] == "2027-02-14T09:00:00Z"


@pytest.mark.parametrize(
    ("elapsed", "shown"),
    [
        ({"days": 30}, (0, False)),
        ({"days": 30, "seconds": 1}, (0, True)),
        ({"days": 31}, (-1, True)),
        ({"days": 29, "hours": 23}, (1, False)),
    ],
)
def test_overdue_is_said(record, admin_call, later, elapsed, shown):
    record()
    later(**elapsed)

    (breach,) = admin_call("breaches_list")["items"]

    asked = (clocks(breach), clocks(breach, "overdue"))
    assert tuple(each["people_colorado"] for each in asked) == shown
    assert clocks(breach, "overdue")["people_federal"] is False


@pytest.mark.parametrize(
    ("people", "residents", "most", "duties"),
    [
        (0, 0, 0, set()),
        (1, 0, 1, {"people_federal", "hhs", "ftc"}),
        (499, 499, 499, {"people_federal", "hhs", "ftc", "people_colorado"}),
        (
            1000,
            1000,
            1000,
            {"people_federal", "hhs", "ftc", "people_colorado", "attorney_general", "media"},
        ),
        (
            1001,
            1001,
            1001,
            {
                *("people_federal", "hhs", "ftc", "people_colorado"),
                *("attorney_general", "media", "credit_agencies"),
            },
        ),
    ],
)
def test_duties_begin_at_their_numbers(record, people, residents, most, duties):
    breach = record(peopleAffected=people, coloradoResidents=residents, mostInOneState=most)

    assert clocks(breach).keys() == duties


def test_below_500_the_authorities_are_told_after_the_end_of_the_year(record):
    breach = record(peopleAffected=499, coloradoResidents=0, mostInOneState=0)

    assert clocks(breach, "due")["hhs"] == clocks(breach, "due")["ftc"] == "2028-03-01T00:00:00Z"


def test_who_was_told_stops_the_clock(record, update, admin_call, later):
    breach_id = record()["breachId"]
    later(days=12)
    told = {"duty": "people_colorado", "how": "notified", "at": NOW.isoformat()}
    update(breach_id, **told)
    update(breach_id, **(told | {"duty": "ftc", "how": "not_applicable"}))
    later(days=40)

    (breach,) = admin_call("breaches_list")["items"]

    assert clocks(breach, "how")["people_colorado"] == "notified"
    assert clocks(breach, "how")["ftc"] == "not_applicable"
    assert clocks(breach)["people_colorado"] is None
    assert clocks(breach, "overdue") == {
        "people_colorado": False,
        "people_federal": False,
        "attorney_general": True,
        "media": False,
        "hhs": False,
        "ftc": False,
    }


def test_new_numbers_change_the_duties(record, update):
    breach = record(peopleAffected=1, coloradoResidents=1, mostInOneState=1)
    numbers = {"peopleAffected": 5000, "coloradoResidents": 2000, "mostInOneState": 2000}

    assert "credit_agencies" in clocks(update(breach["breachId"], numbers=numbers))


def test_the_register_is_of_admins_alone_and_audited(record, call, admin):
    breach_id = record()["breachId"]

    for claims in ({}, {"roles": ["admin"]}, staff("reviewer"), staff("support")):
        for name in ("breaches_record", "breaches_list", "breaches_update"):
            with pytest.raises(CallError) as error:
                call(name, {}, uid="eve", **claims)
            assert error.value.status == "PERMISSION_DENIED"
    (entry,) = [e.to_dict() for e in admin.collection("audit_entries").stream()]
    assert (entry["actor"], entry["action"], entry["subject"]) == ("boss", "record_breach", "")
    assert entry["touched"] == [{"path": f"breaches/{breach_id}", "fields": []}]


def refused_fields(action):
    with pytest.raises(CallError) as error:
        action()
    return error.value.status, error.value.fields


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"discoveredAt": (NOW + timedelta(minutes=6)).isoformat()}, "discoveredAt"),
        ({"discoveredAt": "0001-01-01T00:00:00+14:00"}, "discoveredAt"),
        ({"discoveredAt": "9999-12-31T23:59:59-14:00"}, "discoveredAt"),
        ({"coloradoResidents": 701, "mostInOneState": 701}, "coloradoResidents"),
        ({"mostInOneState": 701}, "mostInOneState"),
        ({"mostInOneState": 499}, "mostInOneState"),
        ({"peopleAffected": -1}, "peopleAffected"),
        ({"categories": []}, "categories"),
        ({"description": "Ann Example's file"}, "description"),
    ],
)
def test_what_cannot_be_is_refused_by_name(record, admin, changes, field):
    assert refused_fields(lambda: record(**changes)) == ("INVALID_ARGUMENT", [field])
    assert list(admin.collection("breaches").stream()) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "numbers"),
        ({"duty": "ftc", "at": NOW.isoformat()}, "how"),
        ({"duty": "ftc", "how": "notified"}, "at"),
        ({"how": "notified", "numbers": dict.fromkeys(
            ("peopleAffected", "coloradoResidents", "mostInOneState"), 1)}, "how"),
        ({"duty": "ftc", "how": "notified", "at": "2027-01-14T09:00:00Z"}, "at"),
        ({"duty": "ftc", "how": "notified", "at": "2027-01-15T09:06:00Z"}, "at"),
    ],
)  # fmt: skip
def test_half_an_update_is_refused_by_name(record, update, changes, field):
    breach_id = record()["breachId"]

    assert refused_fields(lambda: update(breach_id, **changes)) == ("INVALID_ARGUMENT", [field])


def test_a_breach_that_is_not_there_is_not_found(update):
    numbers = dict.fromkeys(("peopleAffected", "coloradoResidents", "mostInOneState"), 1)
    with pytest.raises(CallError) as error:
        update("0" * 32, numbers=numbers)
    assert error.value.status == "NOT_FOUND"
