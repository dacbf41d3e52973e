"""Erasure as it is carried out: what goes, what stays and why, and what is told of it."""

import threading
from datetime import timedelta

import pytest
from firebase_admin import auth

from app.kit.errors import NotFoundError
from app.platform.privacy.functions import erasing
from app.platform.privacy.policy import erasure as policy
from app.platform.privacy.store import erasure as store
from app.platform.records import destruction, vault
from app.platform.records.keyring import ErasedError
from app.platform.records.models import Erasure
from app.platform.records.register import TYPES
from app.platform.records.vault import Owner, Record
from tests.support.errors import CallError
from tests.support.export import export
from tests.support.leaver import OF_EACH, ask, files, has_account, places, store_file

DUE = policy.GRACE + timedelta(minutes=1)
SETTLED = DUE + policy.SETTLE + timedelta(minutes=1)
KEPT = {kind.collection for kind in policy.kept(TYPES)}
DELETED = {kind.collection: kind for kind in policy.deleted(TYPES)}


@pytest.fixture
def erase(backend, at, run):
    """Ask for an erasure and wait for its end; return the report."""

    def erase(uid):
        receipt = {"receiptId": ask(backend, uid)["receiptId"]}
        at(DUE)
        run()
        at(SETTLED)
        run()
        return backend.call("privacy_get_erasure_report", receipt, uid=None)

    return erase


def test_everything_goes_that_no_duty_keeps_and_nothing_of_anybody_else(someone, erase):
    leaver, other = someone(), someone()
    others = {
        path: fields for path, (fields, _) in export().items() if other in repr((path, fields))
    }
    assert places(leaver) >= DELETED.keys() | KEPT - {"erasures"}

    assert erase(leaver)["state"] == "done"

    assert places(leaver) == KEPT
    assert files(leaver) == []
    assert not has_account(leaver)
    after = export()
    assert {path: after[path][0] for path in others} == others
    assert len(files(other)) == 2
    assert has_account(other)


def test_the_report_names_what_went_and_what_stays_why_and_how_long(someone, erase, at):
    leaver, started = someone(), at()

    seen = erase(leaver)

    told = seen["report"]
    erased = {row["collection"]: row["count"] for row in told["erased"]}
    of_requests = {"operations": 1, "rate_limits": 1}  # of the request itself
    assert erased == {
        name: (OF_EACH if kind.owner_field else 1) + of_requests.get(name, 0)
        for name, kind in DELETED.items()
    }
    assert told["files"] == 2
    kept = {row["collection"]: row for row in told["kept"]}
    assert kept.keys() == KEPT
    assert all(row["duty"] == TYPES[name].duty for name, row in kept.items())
    assert kept["donations"]["count"] == OF_EACH
    assert kept["person_keys"]["count"] == kept["erasures"]["count"] == 1
    ended = (started + SETTLED).isoformat()[:19]
    until = started + SETTLED + TYPES["donations"].retention.period
    assert kept["donations"]["until"][:19] == until.isoformat()[:19]
    assert seen["finishedAt"][:19] == ended
    destroyed = (started + DUE).isoformat()[:19]
    assert told["keysDestroyedAt"][:19] == destroyed
    assert told["cachesEmptyAt"][:19] == (started + DUE + timedelta(seconds=300)).isoformat()[:19]
    assert told["keyBackupsGoneAt"][:19] == (started + DUE + policy.KEY_BACKUPS).isoformat()[:19]
    assert (
        told["dataBackupsGoneAt"][:19] == (started + SETTLED + policy.DATA_BACKUPS).isoformat()[:19]
    )
    assert leaver not in repr(seen)


def test_what_is_kept_cannot_be_read_any_more(admin, someone, erase):
    leaver = someone()
    gift = Record(leaver, f"donations/{leaver}-0")
    sealed = admin.document(gift.path).get().to_dict()["sealed"]
    assert vault.open_now(gift, sealed, by=Owner(leaver))

    erase(leaver)

    assert admin.document(gift.path).get().to_dict()["sealed"] == sealed
    with pytest.raises(NotFoundError):
        vault.open_now(gift, sealed, by=Owner(leaver))
    vault.keyring.forget()
    with pytest.raises(NotFoundError):
        vault.open_now(gift, sealed, by=Owner(leaver))


def test_once_it_began_nothing_of_the_person_can_be_sealed_or_made(backend, someone, at, run):
    leaver = someone()
    ask(backend, leaver)
    at(DUE)
    run()

    with pytest.raises(ErasedError):
        vault.seal(Record(leaver, "plan_requests/new"), {"goals": []}, by=Owner(leaver))
    for name, data in (("assessments_get_readiness", {}), ("assessments_submit", {})):
        with pytest.raises(CallError):
            backend.call(name, data, uid=leaver)
    assert destruction.destroyed_at(leaver) is not None


def test_what_is_written_late_by_whoever_had_the_key_goes_too(admin, backend, someone, at, run):
    leaver = someone()
    ask(backend, leaver)
    at(DUE)
    run()
    admin.document("plan_requests/late").set({"uid": leaver, "sealed": {}})
    store_file(f"exports/{leaver}/late.zip")
    auth.create_user(uid=leaver)  # as a restored list of accounts would
    at(SETTLED - timedelta(minutes=5))
    run()
    assert places(leaver) == KEPT | {"plan_requests"}

    at(SETTLED)
    run()

    assert places(leaver) == KEPT
    assert files(leaver) == []
    assert not has_account(leaver)
    erasure = store.erasures.get(store.erasure_id(leaver))
    assert erasure.state == "done"
    assert erasure.erased["plan_requests"] == OF_EACH + 1
    assert erasure.files == 3


def test_what_comes_back_as_often_as_it_is_deleted_ends_the_run_and_is_looked_at_again(
    backend, someone, at, run, monkeypatch
):
    leaver = someone()
    ask(backend, leaver)
    at(DUE)
    run()
    with monkeypatch.context() as somebody_writes_on:
        somebody_writes_on.setattr(erasing, "_left", lambda uid: True)
        ended = at(SETTLED)
        run()
    erasure = store.erasures.get(store.erasure_id(leaver))
    assert (erasure.state, erasure.report) == ("running", None)
    assert erasure.next_at <= ended + policy.RESUMED

    at(SETTLED + policy.RESUMED + timedelta(minutes=1))
    run()
    assert store.erasures.get(store.erasure_id(leaver)).state == "done"


def test_there_may_be_many_documents_of_one_type(admin, someone, erase, monkeypatch):
    monkeypatch.setattr(store, "PAGE", 3)
    leaver = someone()
    for number in range(7):
        admin.document(f"plans/many-{number}").set({"uid": leaver})

    told = erase(leaver)["report"]

    assert {row["collection"]: row["count"] for row in told["erased"]}["plans"] == OF_EACH + 7
    assert places(leaver) == KEPT


def test_a_file_of_somebody_whose_uid_begins_alike_stays(someone, erase):
    leaver = someone()
    store_file(f"exports/{leaver}x/other.zip")

    erase(leaver)

    assert files(leaver) == [f"exports/{leaver}x/other.zip"]


def test_somebody_who_never_confided_anything_is_erased_too(backend, erase):
    uid = "nothingmuch"
    if not has_account(uid):
        auth.create_user(uid=uid)

    assert erase(uid)["state"] == "done"
    assert destruction.destroyed_at(uid) is not None


def test_two_workers_at_once_count_nothing_twice(backend, someone, at, run):
    leaver = someone()
    ask(backend, leaver)
    data = {"erasureId": store.erasure_id(leaver)}
    for later in (DUE, SETTLED):
        at(later)
        threads = [
            threading.Thread(target=backend.task, args=("privacyEraseTask", data)) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    erasure = store.erasures.get(data["erasureId"])
    assert erasure.state == "done"
    assert set(erasure.erased.values()) == {1, OF_EACH, OF_EACH + 1}
    assert erasure.files == 2


def test_the_journal_knows_whoever_was_erased(someone, erase):
    leaver, other = someone(), someone()
    erase(leaver)

    assert [uid for uid, _ in destruction.journal()] == [leaver]
    assert erasing.begun().keys() == {leaver}
    assert other not in erasing.begun()


def test_every_type_says_what_becomes_of_it():
    """What is kept has a duty and an end; what is deleted has neither excuse nor owner unknown."""
    for kind in TYPES.values():
        if kind.erasure is Erasure.KEEP:
            assert kind.duty
            assert kind.retention is not None, kind.collection
        else:
            assert not kind.duty, kind.collection
