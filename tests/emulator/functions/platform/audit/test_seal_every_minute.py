"""Entries are put in chains, each once, and the heads of the chains are anchored."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from google.cloud.firestore import Client

from tests.support.errors import CallError
from tests.support.firestore_proxy import Call, proxied
from tests.support.tokens import PROJECT

PLACE = ("shard", "sequence", "previous", "hash")
DOWN = {"times": -1, "status": 503}


def content(entries):
    return {one: {n: v for n, v in f.items() if n not in PLACE} for one, f in entries.items()}


def test_every_entry_gets_one_place_and_nothing_else_of_it_is_changed(log):
    log.write(40)
    before = log.entries()
    log.seal()
    after = log.entries()

    assert content(after) == content(before)
    assert {one: f["shard"] for one, f in after.items()} == {
        one: f["shard"] for one, f in before.items()
    }
    places = {(fields["shard"], fields["sequence"]) for fields in after.values()}
    assert places == {(shard, n) for shard, size in log.heads().items() for n in range(size)}
    assert sum(log.heads().values()) == len(after) == 40
    assert log.findings() == []


def test_what_operations_write_is_sealed_in_the_end_and_verifies(log, backend):
    from uuid import uuid4

    from tests.unit.coaching.assessments.samples import WIRE

    answer = backend.call("assessments_submit", WIRE | {"idempotencyKey": str(uuid4())}, uid="ann")
    backend.deliver("assessments_on_submitted", answer["assessmentId"])
    backend.call("assessments_get_result", {"assessmentId": answer["assessmentId"]}, uid="ann")
    log.seal()

    entries = log.entries().values()
    assert {entry["purpose"] for entry in entries} == {"self", "analysis"}
    assert all(entry["hash"] for entry in entries)
    assert log.findings() == []


def test_an_entry_whose_commit_came_late_is_sealed_all_the_same(log):
    log.write(5)
    log.seal()
    log.write(1, at=datetime.now(UTC) - timedelta(hours=1))
    log.seal()

    assert {entry["sequence"] for entry in log.entries().values()}.isdisjoint({None})
    (late,) = log.findings()
    assert late.problem == "sealed late"


def test_the_heads_are_anchored_once_for_each_change(log, kms, storage):
    log.write(3)
    log.seal()
    log.seal()
    assert [sum(h["size"] for h in a["anchor"]["heads"]) for a in log.anchors()] == [3]

    log.write(2)
    log.seal()
    assert [sum(h["size"] for h in a["anchor"]["heads"]) for a in log.anchors()] == [3, 5]
    assert kms.status()["calls"]["AsymmetricSign"] == 2
    assert log.findings() == []


def test_an_anchor_says_nothing_of_anybody(log, storage):
    log.write(3, subject="uid-of-ann", actor="uid-of-ann")
    log.seal()

    (anchor,) = log.anchors()
    assert anchor.keys() == {"anchor", "signature"}
    assert anchor["anchor"].keys() == {"at", "heads", "key"}
    assert {frozenset(head) for head in anchor["anchor"]["heads"]} == {
        frozenset({"shard", "size", "hash"})
    }


@pytest.mark.parametrize("service", ["kms", "storage"])
def test_without_kms_or_bucket_entries_are_sealed_and_anchored_later(log, kms, storage, service):
    log.write(3)
    if service == "kms":
        kms.inject({"code": "UNAVAILABLE", "times": -1})
    else:
        storage.inject(DOWN)
    with pytest.raises(CallError) as refusal:
        log.seal()

    assert refusal.value.status == "UNAVAILABLE"
    assert sum(log.heads().values()) == 3
    kms.reset()
    storage._faults.clear()  # noqa: SLF001  # objects stay
    assert log.anchors() == []
    log.write(2)
    log.seal()
    assert [sum(h["size"] for h in a["anchor"]["heads"]) for a in log.anchors()] == [5]
    assert log.findings() == []


def test_an_anchor_that_was_kept_though_its_answer_was_lost_is_not_made_again(log, storage):
    log.write(3)
    storage.inject({"method": "POST", "after": True})
    with pytest.raises(CallError):
        log.seal()
    (kept,) = log.anchors()
    log.seal()

    assert log.anchors() == [kept]
    assert log.findings() == []


def test_of_two_anchors_of_the_same_heads_the_first_one_stays(log):
    """Two sealers may both have looked before either wrote."""
    from app.platform.audit import gateway

    gateway.create("audit/heads/one.json", b"first")
    gateway.create("audit/heads/one.json", b"second")

    assert list(gateway.read_all("audit/")) == [("audit/heads/one.json", b"first")]


def test_an_anchor_that_somebody_forged_before_stays_and_is_told(log):
    from app.platform.audit import gateway

    gateway.create(f"audit/heads/{3:016d}.json", b"{}")
    log.write(3)
    log.seal()

    (finding,) = log.findings()
    assert finding[:2] == ("forged anchor", f"audit/heads/{3:016d}.json")


def test_a_run_is_bounded_and_the_next_one_goes_on(log, monkeypatch):
    from app.platform.audit import functions

    monkeypatch.setattr(functions, "MAX_ENTRIES", 10)
    monkeypatch.setattr(functions, "RUN_SECONDS", 0)
    log.write(25)
    sealed = []
    for _ in range(3):
        log.seal()
        sealed.append(sum(log.heads().values()))

    assert sealed == [10, 20, 25]
    assert log.findings() == []


def test_one_run_seals_all_that_waits_and_no_commit_is_too_large(log, monkeypatch):
    from app.platform.audit import functions

    monkeypatch.setattr(functions, "MAX_ENTRIES", 10)
    monkeypatch.setattr(functions, "MAX_SEALED", 1)
    log.write(30)
    log.seal()

    assert sum(log.heads().values()) == 30
    assert log.findings() == []


def test_hundreds_of_entries_take_one_commit_for_each_chain(log):
    from itertools import batched

    from app.kit import firestore
    from app.platform.audit import store
    from app.platform.audit.models import AuditEntry

    log.write(1)
    (fields,) = log.entries().values()
    for part in batched(range(599), 300, strict=False):
        firestore.commit(*(store.entry(AuditEntry(**fields)) for _ in part))
    with proxied() as proxy:
        log.seal()

    assert sum(log.heads().values()) == 600
    assert proxy.counts()[Call("Commit", "(default)")] == len(log.heads())
    assert log.findings() == []


def test_an_entry_that_is_not_as_it_should_be_stops_none_of_the_others(log):
    database = Client(project=PROJECT)
    log.write(20)
    strange = {"sequence": None, "a b": 1, "at": "never", "x.y": [b"\0", float("nan"), 2**60]}
    for number in range(8):
        database.document(f"audit_entries/strange {number}").set(strange)
    log.seal()

    entries = log.entries()
    assert {entry["sequence"] for entry in entries.values()}.isdisjoint({None})
    assert {f.where for f in log.findings()} == {one for one in entries if "strange" in one}


def test_fifty_writers_of_entries_never_stand_in_each_others_way(log):
    """Every entry is a document of its own: no commit is refused, none is made twice."""
    with proxied() as proxy, ThreadPoolExecutor(50) as writers:
        list(writers.map(lambda n: log.write(4, subject=f"s{n}", actor=f"a{n}"), range(50)))
        counts = proxy.counts()
        log.seal()

    assert counts == {Call("Commit", "(default)"): 200}
    assert len(log.entries()) == 200
    assert log.findings() == []
