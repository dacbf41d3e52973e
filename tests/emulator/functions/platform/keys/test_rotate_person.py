"""A person's key is renewed: whatever instance reads or writes meanwhile, everything opens."""

import random
import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.kit.errors import NotFoundError
from app.platform.keys.functions import OLD_KEPT
from app.platform.records import renewal, sealing, store, vault
from app.platform.records.keyring import FRUITLESS_SECONDS, Keyring
from app.platform.records.vault import Owner, Record, TamperedError
from tests.support.errors import CallError
from tests.support.patience import until
from tests.support.tokens import staff
from tests.unit.coaching.assessments.samples import WIRE

RECORD = Record("ann", "assessment_records/a1")


@pytest.fixture
def at(set_clock):
    """Set the time to so much after the beginning of the test."""
    start = datetime.now(UTC)

    def at(later=timedelta(0)):
        set_clock(start + later)

    at()
    return at


@pytest.fixture
def ann(backend, stripe, at):
    """Somebody with sealed records of several types; return what her readers are shown."""
    submitted = backend.call(
        "assessments_submit", WIRE | {"idempotencyKey": str(uuid4())}, uid="ann"
    )
    backend.deliver("assessments_on_submitted", submitted["assessmentId"])
    gift = {"idempotencyKey": str(uuid4()), "items": [{"itemId": "housing", "quantity": 1}]}
    backend.call("donations_create_checkout", gift | {"dedication": "For Sam"}, uid="ann")

    def shown():
        result = {"assessmentId": submitted["assessmentId"]}
        return (
            backend.call("assessments_get_result", result, uid="ann"),
            backend.call("donations_list", {}, uid="ann"),
        )

    return shown


def rotate(backend, uid="ann", **changed):
    request = {"idempotencyKey": str(uuid4()), "uid": uid, "reason": "suspected_leak"}
    return backend.call("keys_rotate_person", request | changed, uid="boss", **staff("admin"))


def versions(admin):
    """Return the key versions under which anything of Ann is sealed."""
    stored = [document for collection in admin.collections() for document in collection.stream()]
    fields = [document.to_dict() | {"id": document.id} for document in stored]
    return {
        sealing.version_of(value)
        for document in fields
        if "ann" in (document.get("uid"), document["id"])
        for value in (document.get("sealed") or {}).values()
    }


def test_everything_is_sealed_under_the_new_key_and_reads_as_before(backend, admin, ann):
    before = ann()
    assert versions(admin) == {1}

    rotate(backend)
    backend.run_tasks()

    assert versions(admin) == {2}
    assert ann() == before
    vault.keyring.forget()
    assert ann() == before


def test_the_old_key_goes_when_no_backup_needs_it_any_more(backend, admin, ann, at):
    before = ann()
    rotate(backend)
    backend.run_tasks()
    assert store.load("ann").versions.keys() == {"1", "2"}

    at(OLD_KEPT - timedelta(minutes=1))
    backend.tick("keys_sweep_rotations")
    assert backend.run_tasks() == 0
    at(OLD_KEPT + timedelta(minutes=1))
    backend.tick("keys_sweep_rotations")
    assert backend.run_tasks() == 1

    assert store.load("ann").versions.keys() == {"2"}
    vault.keyring.forget()
    assert ann() == before
    at(OLD_KEPT + timedelta(days=9))
    backend.tick("keys_sweep_rotations")
    assert backend.run_tasks() == 0


def test_the_old_key_stays_while_something_is_left_under_it(backend, admin, ann, at):
    rotate(backend)
    backend.run_tasks()
    moved = admin.document("assessment_records/moved")
    moved.set({"uid": "ann", "sealed": {"goalsText": sealing.header(1) + bytes(40)}})

    at(OLD_KEPT + timedelta(minutes=1))
    backend.tick("keys_sweep_rotations")
    backend.run_tasks()
    assert store.load("ann").versions.keys() == {"1", "2"}

    moved.delete()
    at(OLD_KEPT + timedelta(hours=2))
    backend.tick("keys_sweep_rotations")
    backend.run_tasks()
    assert store.load("ann").versions.keys() == {"2"}


def test_what_an_instance_with_old_keys_sealed_meanwhile_is_sealed_anew(
    backend, admin, ann, at, monkeypatch
):
    rotate(backend)
    stale = Keyring()
    stale.keys("ann", create=False)
    backend.run_tasks()
    with monkeypatch.context() as other_instance:
        other_instance.setattr(vault, "keyring", stale)
        late = vault.seal(RECORD, {"goalsText": "late"}, by=Owner("ann")).fields
    admin.document(RECORD.path).set({"uid": "ann", "sealed": late})
    assert versions(admin) == {1, 2}

    at(OLD_KEPT + timedelta(minutes=1))
    backend.tick("keys_sweep_rotations")
    backend.run_tasks()

    assert versions(admin) == {2}
    assert store.load("ann").versions.keys() == {"2"}
    kept = admin.document(RECORD.path).get().to_dict()["sealed"]
    assert vault.open_now(RECORD, kept, by=Owner("ann")) == {"goalsText": "late"}


def test_a_value_of_a_new_key_opens_where_only_older_ones_are_known(ann, kms, monkeypatch):
    stale = Keyring()
    stale.keys("ann", create=False)
    renewal.add_version("ann", 2)
    vault.keyring.forget()
    fresh = vault.seal(RECORD, {"goalsText": "new"}, by=Owner("ann")).fields
    mark = vault.mac("ann", "test", b"body")
    assert sealing.version_of(mark) == 2
    kms.reset()

    monkeypatch.setattr(vault, "keyring", stale)
    assert vault.open_now(RECORD, fresh, by=Owner("ann")) == {"goalsText": "new"}
    assert len(kms.calls()) == 2  # one for each version
    assert vault.mac_matches("ann", "test", b"body", mark)
    assert len(kms.calls()) == 2


def test_a_fingerprint_of_a_new_key_is_known_where_only_older_ones_are(ann, monkeypatch):
    stale = Keyring()
    stale.keys("ann", create=False)
    renewal.add_version("ann", 2)
    vault.keyring.forget()
    mark = vault.mac("ann", "test", b"body")

    monkeypatch.setattr(vault, "keyring", stale)
    assert vault.mac_matches("ann", "test", b"body", mark)


def test_values_that_name_versions_which_never_were_cost_one_look_in_a_while(ann, kms, monkeypatch):
    from app.platform.records import keyring

    kms.reset()
    for version in range(100, 200):
        garbage = {"goalsText": sealing.header(version) + bytes(40)}
        with pytest.raises(TamperedError):
            vault.open_now(RECORD, garbage, by=Owner("ann"))
    assert len(kms.calls()) == 1

    later = keyring.time.monotonic() + FRUITLESS_SECONDS
    monkeypatch.setattr(keyring.time, "monotonic", lambda: later)
    renewal.add_version("ann", 2)
    stale, vault.keyring = vault.keyring, Keyring()
    fresh = vault.seal(RECORD, {"goalsText": "new"}, by=Owner("ann")).fields
    monkeypatch.setattr(vault, "keyring", stale)
    assert vault.open_now(RECORD, fresh, by=Owner("ann")) == {"goalsText": "new"}


def test_many_who_meet_an_unknown_version_at_once_cost_one_look(ann, kms):
    renewal.add_version("ann", 2)
    stale, vault.keyring = vault.keyring, Keyring()
    fresh = vault.seal(RECORD, {"goalsText": "new"}, by=Owner("ann")).fields
    vault.keyring = stale
    kms.reset()
    opened = []

    def read():
        opened.append(vault.open_now(RECORD, fresh, by=Owner("ann")))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert opened == [{"goalsText": "new"}] * 8
    assert len(kms.calls()) == 2


def test_who_waits_for_keys_that_were_read_before_a_rotation_looks_once_more(ann, kms):
    ring, loaded = Keyring(), []
    kms.inject({"method": "Decrypt", "delay_seconds": 0.5})
    early = threading.Thread(target=lambda: loaded.append(ring.keys("ann", create=False)))
    early.start()
    until(lambda: any(call["method"] == "Decrypt" for call in kms.calls()[-1:]))
    renewal.add_version("ann", 2)

    keys = ring.keys("ann", create=False, version=2)

    early.join()
    assert loaded[0].by_version.keys() == {1}
    assert keys.by_version.keys() == {1, 2}


@pytest.mark.parametrize("seed", range(6))
def test_whoever_seals_everybody_opens(ann, seed):
    """Instances with caches of any age, rotations and drops of the key-encryption key between."""
    chance, sealed, newest = random.Random(seed), [], 1  # noqa: S311
    instances = [Keyring() for _ in range(3)]
    mine = vault.keyring
    try:
        for number in range(40):
            vault.keyring = chance.choice(instances)
            match chance.choice(["seal", "seal", "open", "open", "rotate", "forget"]):
                case "seal":
                    values = {"goalsText": number}
                    sealed.append((values, vault.seal(RECORD, values, by=Owner("ann")).fields))
                case "open" if sealed:
                    values, fields = chance.choice(sealed)
                    assert vault.open_now(RECORD, fields, by=Owner("ann")) == values
                case "rotate" if newest < 5:
                    newest += 1
                    renewal.add_version("ann", newest)
                case "forget":
                    vault.keyring.forget()
    finally:
        vault.keyring = mine


def test_a_repeated_call_is_answered_alike_after_a_rotation(backend, at):
    request = WIRE | {"idempotencyKey": str(uuid4())}
    answer = backend.call("assessments_submit", request, uid="ann")
    rotate(backend)
    backend.run_tasks()
    vault.keyring.forget()

    assert backend.call("assessments_submit", request, uid="ann") == answer


def test_a_document_that_changes_while_it_is_sealed_anew_keeps_the_change(
    backend, admin, ann, at, monkeypatch
):
    rotate(backend)
    set_sealed, raced = store.set_sealed, []

    def overtaken(seen, values, *trail):
        if not raced:
            raced.append(seen.path)
            admin.document(seen.path).update({"changed": True})
        return set_sealed(seen, values, *trail)

    monkeypatch.setattr(store, "set_sealed", overtaken)
    backend.run_tasks()
    assert versions(admin) == {1, 2}
    at(timedelta(hours=2))
    backend.tick("keys_sweep_rotations")
    backend.run_tasks()

    assert versions(admin) == {2}
    assert admin.document(raced[0]).get().to_dict()["changed"] is True


def test_another_rotation_meanwhile_starts_anew_and_nothing_is_lost(backend, admin, ann, at):
    before = ann()
    rotate(backend)
    backend.run_tasks()
    at(timedelta(days=3))
    rotate(backend)
    backend.run_tasks()
    assert versions(admin) == {3}
    assert store.load("ann").versions.keys() == {"1", "2", "3"}

    at(timedelta(days=4) + OLD_KEPT)
    backend.tick("keys_sweep_rotations")
    backend.run_tasks()
    assert store.load("ann").versions.keys() == {"3"}
    vault.keyring.forget()
    assert ann() == before


def test_the_task_repeated_and_doubled_adds_one_version(backend, ann):
    data = {"rotationId": rotate(backend)["rotationId"]}
    backend.queues.take()

    threads = [
        threading.Thread(target=backend.task, args=("keysResealTask", data)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    backend.task("keysResealTask", data)

    assert store.load("ann").versions.keys() == {"1", "2"}


def test_it_is_audited_and_refused_without_a_key_or_the_role(backend, admin, ann):
    rotate(backend)
    entries = [entry.to_dict() for entry in admin.collection("audit_entries").stream()]
    (entry,) = [entry for entry in entries if entry["action"] == "rotate_keys"]
    assert (entry["actor"], entry["role"], entry["subject"]) == ("boss", "admin", "ann")

    with pytest.raises(CallError) as refusal:
        rotate(backend, uid="nobody")
    assert refusal.value.status == "NOT_FOUND"
    request = {"idempotencyKey": str(uuid4()), "uid": "ann", "reason": "routine"}
    with pytest.raises(CallError) as refusal:
        backend.call("keys_rotate_person", request, uid="cy", **staff("support"))
    assert refusal.value.status == "PERMISSION_DENIED"
    with pytest.raises(NotFoundError):
        renewal.newest_version("nobody")
