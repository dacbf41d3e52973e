"""`retention_enforce_daily`: what is past its time goes, and what is held stays."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from firebase_admin import auth

from app.platform.records.register.duties import YEAR
from tests.support.errors import CallError
from tests.support.giving import Giving
from tests.support.subscribing import entitle
from tests.support.tokens import staff
from tests.unit.coaching.assessments.samples import WIRE

START = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
COACHING = {
    "assessments",
    "assessment_state",
    "assessment_records",
    "analyses",
    "plans",
    "plan_requests",
    "plan_records",
}


@pytest.fixture(autouse=True)
def at(set_clock):
    """Set the clock to a time after the start."""

    def at(elapsed):
        set_clock(START + elapsed)

    at(0 * DAY)
    return at


@pytest.fixture
def enforce(backend):
    return lambda: backend.tick("retention_enforce_daily")


@pytest.fixture
def count(admin):
    """Return how many documents each collection has, of those that have any."""

    def count(*names):
        found = {name: len(admin.collection(name).get()) for name in names}
        return {name: number for name, number in found.items() if number}

    return count


@pytest.fixture
def coached(backend):
    """Let a person be assessed and planned for."""

    def coached(uid="ann"):
        def call(name, data):
            return backend.call(name, data | {"idempotencyKey": str(uuid4())}, uid=uid)

        assessment_id = call("assessments_submit", WIRE)["assessmentId"]
        backend.deliver("assessments_on_submitted", assessment_id)
        plan_id = call("plans_generate", {"goals": ["Lead"], "timeframe": "3_months"})["planId"]
        backend.deliver("plans_on_requested", plan_id)

    return coached


@pytest.fixture
def hold(call):
    def hold(**what):
        data = {"idempotencyKey": str(uuid4()), "reason": "litigation", "matter": "M-1", **what}
        call("retention_place_hold", data, uid="boss", **staff("admin"))

    return hold


def a_donation(uid, created_at):
    return {"uid": uid, "createdAt": created_at, "sealed": {}}


def test_a_gift_goes_after_seven_years_and_not_before(admin, enforce, count, at):
    admin.document("donations/d1").set(a_donation("ann", START))
    admin.document("donations/d2").set(a_donation("ann", START + DAY))

    at(7 * YEAR - timedelta(seconds=1))
    enforce()
    assert count("donations") == {"donations": 2}

    at(7 * YEAR + timedelta(seconds=1))
    enforce()
    assert [d.id for d in admin.collection("donations").get()] == ["d2"]


def test_it_is_not_shown_though_the_schedule_has_not_run(backend, stripe, admin, at):
    Giving(backend, stripe).give(uid="ann")
    assert len(backend.call("donations_list", {}, uid="ann")["items"]) == 1
    (gift,) = admin.collection("donations").get()
    gift.reference.update({"createdAt": START - 7 * YEAR + timedelta(seconds=1)})
    assert len(backend.call("donations_list", {}, uid="ann")["items"]) == 1

    at(timedelta(seconds=1))

    assert backend.call("donations_list", {}, uid="ann")["items"] == []
    assert gift.reference.get().exists


@pytest.fixture
def small_batches(monkeypatch):
    from app.platform.retention.store import sweep

    monkeypatch.setattr(sweep, "BATCH", 3)


@pytest.mark.usefixtures("small_batches")
def test_what_is_held_stays_however_much_else_goes(admin, enforce, hold, at):
    for number in range(10):
        uid = "ann" if number < 4 else "bob"  # the held ones are the oldest
        document = a_donation(uid, START + timedelta(seconds=number))
        admin.document(f"donations/d{number}").set(document)
    hold(subject="ann")

    at(8 * YEAR)
    enforce()
    enforce()

    left = [d.get("uid") for d in admin.collection("donations").get()]
    assert left == ["ann"] * 4


def test_a_held_type_stays_whosever_it_is(admin, enforce, hold, count, at):
    admin.document("donations/d1").set(a_donation("ann", START))
    admin.document("exports/e1").set({"uid": "ann", "requestedAt": START})
    hold(recordType="donations")

    at(8 * YEAR)
    enforce()

    assert count("donations", "exports") == {"donations": 1}


def test_coaching_records_go_two_years_after_the_last_activity_and_a_warning(
    coached, enforce, count, at, admin
):
    coached()
    assert count(*COACHING).keys() == COACHING

    at(2 * YEAR - 31 * DAY)
    enforce()
    assert count("notices") == {}

    at(2 * YEAR - 30 * DAY + timedelta(seconds=1))
    enforce()
    enforce()
    (notice,) = [seen.to_dict() for seen in admin.collection("notices").get()]
    assert (notice["uid"], notice["kind"]) == ("ann", "coaching_records_end")
    ends_at = START + 2 * YEAR + timedelta(seconds=1)
    assert notice["endsAt"] == ends_at
    mails = [mail.to_dict() for mail in admin.collection("outbox").get()]
    assert {(m["uid"], m["template"], m["parameters"]["at"]) for m in mails} == {
        ("ann", "records_end", f"{ends_at:%Y-%m-%d}")
    }
    assert {mail["locale"] for mail in mails} == {"en", "es"}

    at(ends_at - START - timedelta(seconds=1))
    enforce()
    assert count(*COACHING).keys() == COACHING

    at(ends_at - START)
    enforce()
    assert count(*COACHING, "activity") == {}


def test_nothing_goes_without_the_whole_time_of_a_warning(coached, enforce, count, at):
    coached()
    at(3 * YEAR)
    enforce()
    assert count(*COACHING, "notices").keys() == COACHING | {"notices"}

    at(3 * YEAR + 29 * DAY)
    enforce()
    assert count(*COACHING).keys() == COACHING

    at(3 * YEAR + 30 * DAY)
    enforce()
    assert count(*COACHING) == {}


def test_who_does_something_keeps_everything_for_two_more_years(coached, enforce, count, at, call):
    coached()
    at(2 * YEAR - 10 * DAY)
    enforce()
    at(2 * YEAR - 5 * DAY)
    give = {"items": [{"itemId": "bus", "quantity": 1}], "idempotencyKey": str(uuid4())}
    call("donations_create_checkout", give, uid="ann")

    at(2 * YEAR + 40 * DAY)
    enforce()

    assert count(*COACHING).keys() == COACHING


def test_who_signed_in_without_doing_anything_is_no_less_active(coached, enforce, count, at, admin):
    coached("dora")
    signed_in(START + 2 * YEAR - 3 * DAY, "dora")
    try:
        at(2 * YEAR + 5 * DAY)
        enforce()
        at(2 * YEAR + 40 * DAY)
        enforce()
    finally:
        auth.delete_user("dora")

    assert count(*COACHING, "notices").keys() == COACHING
    assert admin.document("activity/dora").get().get("at") == START + 2 * YEAR - 3 * DAY


def signed_in(when, uid):
    """Make an account of which Firebase Auth says that it was last used at a time."""
    milliseconds = int(when.timestamp() * 1000)
    auth.delete_user(uid)
    metadata = auth.UserMetadata(creation_timestamp=1, last_sign_in_timestamp=milliseconds)
    result = auth.import_users([auth.ImportUserRecord(uid=uid, user_metadata=metadata)])
    assert result.failure_count == 0


@pytest.fixture(params=[{"subject": "ann"}, {"recordType": "plans"}], ids=["person", "type"])
def held(request, hold):
    hold(**request.param)


def test_coaching_records_that_are_held_stay(held, coached, enforce, count, at):
    coached()

    at(2 * YEAR)
    enforce()
    at(3 * YEAR)
    enforce()

    assert count(*COACHING).keys() == COACHING
    assert count("notices") == {}


def test_only_who_was_idle_loses_anything(coached, enforce, admin, at, call):
    coached("ann")
    coached("bob")
    entitle("bob")
    at(2 * YEAR)
    data = {"goals": ["Lead"], "timeframe": "3_months", "idempotencyKey": str(uuid4())}
    call("plans_generate", data, uid="bob")
    enforce()
    at(2 * YEAR + 31 * DAY)
    enforce()

    assert {d.get("uid") for d in admin.collection("analyses").get()} == {"bob"}


@pytest.fixture
def comes_back(monkeypatch, backend):
    """Let Ann come back when the schedule deletes plans: after the look, before the deletion."""
    from app.platform.records import store as records
    from app.platform.retention.store import sweep

    delete_idle, owned, came = sweep.delete_idle, records.owned, []

    def looked(kind, uid, **part):
        found = owned(kind, uid, **part)
        if not came and kind.collection == "plans":
            came.append(True)
            give = {"items": [{"itemId": "bus", "quantity": 1}], "idempotencyKey": str(uuid4())}
            backend.call("donations_create_checkout", give, uid="ann")
        return found

    def delete(*arguments):
        monkeypatch.setattr(records, "owned", looked)
        return delete_idle(*arguments)

    monkeypatch.setattr(sweep, "delete_idle", delete)
    return came


def test_who_comes_back_while_it_is_being_deleted_keeps_what_they_make(
    comes_back, coached, enforce, at, admin
):
    coached()
    at(2 * YEAR)
    enforce()
    at(2 * YEAR + 31 * DAY)
    enforce()

    assert comes_back
    assert len(admin.collection("plans").get()) == 1
    assert admin.document("activity/ann").get().get("at") == START + 2 * YEAR + 31 * DAY


def test_who_has_no_such_records_is_not_warned_of_their_end(call, enforce, count, at):
    give = {"items": [{"itemId": "bus", "quantity": 1}], "idempotencyKey": str(uuid4())}
    call("donations_create_checkout", give, uid="ann")

    at(2 * YEAR)
    enforce()

    assert count("notices", "activity") == {}


def test_an_operation_whose_key_is_past_its_time_is_carried_out_anew(call, at, admin):
    entitle("ann")
    data = WIRE | {"idempotencyKey": str(uuid4())}
    first = call("assessments_submit", data, uid="ann")

    at(30 * DAY - timedelta(seconds=1))
    assert call("assessments_submit", data, uid="ann") == first

    at(30 * DAY)
    again = call("assessments_submit", data, uid="ann")

    assert again["assessmentId"] != first["assessmentId"]
    assert call("assessments_submit", data, uid="ann") == again
    with pytest.raises(CallError):
        call("assessments_submit", data | {"commitmentLevel": 1}, uid="ann")


def test_another_body_under_a_key_past_its_time_is_a_new_call(call, at):
    entitle("ann")
    key = {"idempotencyKey": str(uuid4())}
    call("assessments_submit", WIRE | key, uid="ann")

    at(31 * DAY)

    assert call("assessments_submit", WIRE | {"commitmentLevel": 1} | key, uid="ann")
