"""Exports killed before and after each of their calls, doubled, and without their services."""

import contextlib
import io
import threading
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from google.auth.transport.requests import AuthorizedSession
from google.cloud.firestore_v1.services.firestore import FirestoreClient

from tests.support.errors import CallError
from tests.unit.coaching.assessments.samples import WIRE

CALLS = (
    (FirestoreClient, "batch_get_documents"),
    (FirestoreClient, "run_query"),
    (FirestoreClient, "commit"),
    (AuthorizedSession, "request"),
)


class Killed(BaseException):
    """The worker's process has ended."""


@dataclass(frozen=True)
class Ann:
    """Somebody who has submitted answers, and asks for an export."""

    backend: Any

    def ask(self):
        from app.kit import limits

        limits.buckets.forget()  # she asks more often than people may
        data = {"idempotencyKey": str(uuid4())}
        return self.backend.call("privacy_export", data, uid="ann")

    def asked(self):
        """Ask; return the task of the worker."""
        self.ask()
        (task,) = self.backend.queues.take()
        return task

    def work(self, task, retries=0):
        self.backend.task(task.function, task.data, retries=retries)

    @property
    def state(self):
        return self.backend.call("privacy_get_export", {}, uid="ann")["state"]

    @property
    def has_all(self):
        """Whether the export is ready, and its file holds what she has."""
        from app.platform.privacy.gateway import bucket
        from app.platform.storage.gateway import _bucket

        view = self.backend.call("privacy_get_export", {}, uid="ann")
        blob = _bucket(bucket()).blob(view["path"])  # past the rules
        archive = zipfile.ZipFile(io.BytesIO(blob.download_as_bytes()))
        records = archive.read("data/assessment_records.json").decode()
        return archive.testzip() is None and WIRE["goalsText"] in records


@pytest.fixture
def ann(backend):
    from app.platform.privacy.gateway import bucket
    from app.platform.storage.gateway import _bucket

    for blob in _bucket(bucket()).list_blobs():  # nobody else empties it
        blob.delete()
    data = WIRE | {"idempotencyKey": str(uuid4())}
    backend.call("assessments_submit", data, uid="ann")
    return Ann(backend)


@pytest.fixture
def dying(monkeypatch):
    """Let the process die at the call of a number, before it or after; count the calls."""

    @contextlib.contextmanager
    def dying(at, *, after=False):
        made = []

        def wrapped(call):
            def make(*args, **options):
                if threading.current_thread() is not threading.main_thread():
                    return call(*args, **options)  # the client library's own business
                made.append(call)
                if len(made) == at and not after:
                    raise Killed
                answer = call(*args, **options)
                if len(made) == at:
                    raise Killed
                return answer

            return make

        with monkeypatch.context() as patch:
            for owner, name in CALLS:
                patch.setattr(owner, name, wrapped(getattr(owner, name)))
            with contextlib.suppress(Killed):
                yield made

    return dying


def test_killed_at_any_call_it_is_gathered_by_the_next_worker(ann, dying, set_clock):
    start = datetime.now(UTC)
    task = ann.asked()
    with dying(0) as calls:
        ann.work(task)
    assert len(calls) > 30
    assert ann.has_all

    for number in range(1, len(calls) + 1):
        start += timedelta(hours=1)
        set_clock(start)
        task = ann.asked()
        with dying(number, after=bool(number % 2)):
            ann.work(task)
        set_clock(start + timedelta(minutes=11))
        ann.backend.tick("privacy_sweep_exports")
        ann.backend.run_tasks()
        assert ann.has_all, number


def test_two_workers_at_once_gather_it_once(ann, admin):
    task = ann.asked()
    workers = [threading.Thread(target=ann.work, args=(task,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert ann.has_all
    entries = [entry.to_dict() for entry in admin.collection("audit_entries").get()]
    assert [e["actor"] for e in entries if e["action"] == "export"].count("system") == 1
    (export,) = admin.collection("exports").get()
    assert export.get("attempts") == 1


def test_a_late_task_of_an_export_before_changes_nothing(ann):
    old = ann.asked()
    ann.work(old)
    ann.ask()

    ann.work(old)

    assert ann.state == "requested"


def test_two_requests_at_once_are_one_export(ann):
    outcomes = []

    def request():
        try:
            outcomes.append(ann.ask()["state"])
        except CallError as error:
            outcomes.append(error.status)

    both = [threading.Thread(target=request) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert sorted(outcomes) == ["FAILED_PRECONDITION", "requested"]
    assert len(ann.backend.queues.accepted) == 1


@pytest.mark.parametrize("after", [False, True], ids=["refused", "lost answer"])
def test_without_storage_it_is_tried_again(ann, storage, after):
    task = ann.asked()
    storage.inject({"method": "POST", "status": 501, "after": after})

    with contextlib.suppress(CallError):  # an answer that is lost is asked for again at once
        ann.work(task)
    assert (ann.state == "ready") is after

    ann.work(task, retries=1)
    assert ann.has_all


def test_without_the_key_nothing_half_open_is_handed_over(ann, kms):
    from app.platform.records import vault

    task = ann.asked()
    kms.inject({"code": "UNAVAILABLE", "times": -1})
    vault.keyring.forget()

    with pytest.raises(CallError):
        ann.work(task)
    assert ann.state == "gathering"

    kms.reset()
    ann.work(task, retries=1)
    assert ann.has_all


def test_what_fails_every_time_ends_as_failed_and_may_be_asked_for_again(ann, storage):
    task = ann.asked()
    storage.inject({"method": "POST", "status": 501, "times": -1})

    for retry in range(9):
        with contextlib.suppress(CallError):
            ann.work(task, retries=retry)
    assert ann.state == "failed"

    storage.reset()
    ann.ask()
    ann.backend.run_tasks()
    assert ann.has_all
