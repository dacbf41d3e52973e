"""Erasure as people ask for it, take it back and see it."""

import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from firebase_admin import auth

from app.kit import limits
from app.platform.privacy.policy.erasure import GRACE, HELD
from tests.support.errors import CallError
from tests.support.leaver import CONFIRMED, ask, has_account
from tests.support.tokens import staff

UID = "leaver"


@pytest.fixture(autouse=True)
def leaver(backend):
    """Somebody with an account, which an earlier test may have erased."""
    if not has_account(UID):
        auth.create_user(uid=UID)


def cancel(backend, uid=UID, key=None):
    return backend.call("privacy_cancel_erasure", {"idempotencyKey": key or str(uuid4())}, uid=uid)


def see(backend, uid=UID):
    return backend.call("privacy_get_erasure", {}, uid=uid)


def report(backend, receipt_id):
    return backend.call("privacy_get_erasure_report", {"receiptId": receipt_id}, uid=None)


def refused(action, *args, **kwargs):
    with pytest.raises(CallError) as refusal:
        action(*args, **kwargs)
    return refusal.value


def test_it_begins_after_a_week_in_which_the_account_works(backend, at, run):
    scheduled = ask(backend, UID)
    seen = see(backend)
    assert (seen["state"], seen["waiting"], seen["report"]) == ("scheduled", False, None)
    assert seen["startsAt"] == scheduled["startsAt"]

    at(GRACE - timedelta(minutes=1))
    run()
    assert see(backend)["state"] == "scheduled"
    assert backend.call("assessments_list", {}, uid=UID) == {"items": [], "nextCursor": None}

    at(GRACE + timedelta(minutes=1))
    run()
    assert not has_account(UID)
    assert report(backend, scheduled["receiptId"])["state"] == "running"


def test_a_task_that_comes_before_its_time_begins_nothing(backend):
    from app.platform.privacy.store.erasure import erasure_id

    ask(backend, UID)
    backend.task("privacyEraseTask", {"erasureId": erasure_id(UID)})  # of one that was taken back

    assert see(backend)["state"] == "scheduled"
    assert has_account(UID)


def test_it_can_be_taken_back_and_asked_for_again(backend, at, run):
    first = ask(backend, UID)
    assert cancel(backend)["state"] == "cancelled"
    at(GRACE + timedelta(days=1))
    run()
    assert has_account(UID)
    assert see(backend)["state"] == "cancelled"

    second = ask(backend, UID)
    assert see(backend)["state"] == "scheduled"
    assert refused(report, backend, first["receiptId"]).status == "NOT_FOUND"
    assert report(backend, second["receiptId"]) == see(backend)


def test_what_cannot_be_taken_back_is_said(backend, at, run):
    assert refused(cancel, backend).status == "NOT_FOUND"
    assert refused(see, backend).status == "NOT_FOUND"
    ask(backend, UID)
    cancel(backend)
    assert refused(cancel, backend).status == "FAILED_PRECONDITION"


def test_it_needs_a_fresh_sign_in_and_the_typed_words(backend):
    request = {"idempotencyKey": str(uuid4()), **CONFIRMED}
    stale = refused(
        backend.call, "privacy_erase", request, uid=UID, auth_time=int(time.time()) - 301
    )
    assert (stale.status, stale.details) == ("PERMISSION_DENIED", {"reason": "recent_sign_in"})
    for typed in ("", "erase my account", "ERASE MY ACCOUNT ", None, True):
        limits.buckets.forget()  # else they are refused for their number
        assert refused(ask, backend, UID, confirmation=typed).fields == ["confirmation"]
    limits.buckets.forget()
    assert refused(see, backend).status == "NOT_FOUND"


def test_an_ended_session_asks_for_nothing(backend):
    auth.update_user(UID, disabled=True)
    try:
        assert refused(ask, backend, UID).status == "UNAUTHENTICATED"
        assert refused(cancel, backend).status == "UNAUTHENTICATED"
    finally:
        auth.update_user(UID, disabled=False)


def test_a_repeated_request_gets_the_same_receipt_and_another_one_is_refused(backend):
    key = str(uuid4())
    first = ask(backend, UID, idempotencyKey=key)

    assert ask(backend, UID, idempotencyKey=key) == first
    assert refused(ask, backend, UID).status == "FAILED_PRECONDITION"


def test_of_two_requests_at_once_one_is_taken(backend):
    outcomes = []

    def race():
        try:
            outcomes.append(ask(backend, UID)["receiptId"])
        except CallError as error:
            outcomes.append(error.status)

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (receipt_id,) = set(outcomes) - {"FAILED_PRECONDITION"}
    assert outcomes.count(receipt_id) == 1
    assert report(backend, receipt_id)["state"] == "scheduled"


@pytest.mark.parametrize("attempt", range(6))
def test_taken_back_at_the_moment_it_begins_it_does_one_or_the_other(backend, at, run, attempt):
    ask(backend, UID)
    at(GRACE + timedelta(minutes=1))
    outcomes, meet = [], threading.Barrier(2)

    def undo():
        meet.wait()
        try:
            outcomes.append(cancel(backend)["state"])
        except CallError as error:
            outcomes.append(error.status)

    thread = threading.Thread(target=undo)
    thread.start()
    backend.tick("privacy_sweep_erasures")
    meet.wait()
    time.sleep(0.01 * attempt)
    backend.run_tasks()
    thread.join()

    if outcomes == ["cancelled"]:
        assert has_account(UID)
        assert see(backend)["state"] == "cancelled"
    else:
        assert outcomes in (["FAILED_PRECONDITION"], ["UNAUTHENTICATED"])
        assert not has_account(UID)


def test_a_legal_hold_delays_it_and_says_no_more_than_that(backend, at, run):
    hold = {"subject": UID, "reason": "litigation", "matter": "CASE-7"}
    boss = {"uid": "boss", **staff("admin")}
    placed = backend.call("retention_place_hold", hold | {"idempotencyKey": str(uuid4())}, **boss)
    ask(backend, UID)
    assert see(backend)["waiting"] is False  # nothing of a hold is told before it matters

    at(GRACE + timedelta(minutes=1))
    run()
    seen = see(backend)
    assert (seen["state"], seen["waiting"]) == ("scheduled", True)
    assert "litigation" not in repr(seen)
    assert has_account(UID)

    for person in ("boss", "other"):
        lift = {"idempotencyKey": str(uuid4()), "holdId": placed["holdId"]}
        backend.call("retention_lift_hold", lift, uid=person, **staff("admin"))
    at(GRACE + HELD + timedelta(minutes=2))
    run()
    assert not has_account(UID)


def test_what_waits_for_a_hold_can_be_taken_back(backend, at, run):
    hold = {"subject": UID, "reason": "litigation", "matter": "CASE-7"}
    key = {"idempotencyKey": str(uuid4())}
    backend.call("retention_place_hold", hold | key, uid="boss", **staff("admin"))
    ask(backend, UID)
    at(GRACE + timedelta(minutes=1))
    run()

    taken_back = cancel(backend)
    assert (taken_back["state"], taken_back["waiting"]) == ("cancelled", False)


def test_requests_are_audited(backend, admin):
    ask(backend, UID)
    cancel(backend)

    entries = [entry.to_dict() for entry in admin.collection("audit_entries").stream()]
    told = {(e["action"], e["actor"], e["role"], e["subject"]) for e in entries}
    assert told == {
        ("request_erasure", UID, "owner", UID),
        ("cancel_erasure", UID, "owner", UID),
    }


def test_what_is_no_receipt_is_answered_alike(backend):
    ask(backend, UID)
    from app.platform.privacy.store.erasure import erasure_id, receipt_digest

    for guess in ("0" * 64, erasure_id(UID), receipt_digest("0" * 64)):
        assert refused(report, backend, guess).message == "There is no such receipt."
