"""A worker that erases somebody dies before any of its calls: the next one ends what it began.

The worker is the deployed code with the real clients of Firestore, Firebase Auth, Storage and the
queue against the emulators; only whether it lives to make a call is the test's.
"""

import os
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import pytest
from google.cloud.firestore import FieldFilter

from app.kit import limits
from app.platform.privacy.policy import erasure as policy
from app.platform.privacy.store import erasure as store
from app.platform.records import destruction, vault
from app.platform.records.register import TYPES
from tests.support.fixtures import clear_databases
from tests.support.killing import Killed, Worker, working
from tests.support.leaver import OF_EACH, ask, delete_files, files, has_account, places, settle_in

DUE = policy.GRACE + timedelta(minutes=1)
RESUMED = DUE + policy.RESUMED + timedelta(minutes=1)
SETTLED = RESUMED + policy.SETTLE + timedelta(minutes=1)
RESUMED_AGAIN = SETTLED + policy.RESUMED + timedelta(minutes=1)
KEPT = {kind.collection for kind in policy.kept(TYPES)}
ERASED = {
    kind.collection: (OF_EACH if kind.owner_field else 1)
    + (kind.collection in {"operations", "rate_limits"})
    for kind in policy.deleted(TYPES)
}
EDGE, STEP = 10, 7
"""Of a run's calls the first and last, which differ, and some of those between, where one record
type after the other goes alike: no divisor of how many calls a type takes."""


@pytest.fixture
def at(set_clock):
    """Set the time to so much after the beginning of the test."""
    start = datetime.now(UTC)

    def at(later=timedelta(0)):
        set_clock(start + later)
        return start + later

    return at


@pytest.fixture
def someone(backend, at):
    """Give the uid of somebody new, of whom there is something everywhere."""

    def someone():
        uid = f"uid{token_hex(12)}"
        settle_in(uid, at())
        return uid

    yield someone
    delete_files()


def work(backend, worker):
    """Run the sweep and what it queues, by a worker who may die."""
    with working(worker):
        try:
            backend.tick("privacy_sweep_erasures")
            backend.run_tasks()
        except Killed:
            backend.queues.take()  # the queue tries again; here the sweep must do


def erase(backend, at, uid, first, second):
    """Erase somebody, in two runs by workers who may die, each followed by one who lives."""
    limits.buckets.forget()
    receipt = {"receiptId": ask(backend, uid)["receiptId"]}
    for later, worker in ((DUE, first), (RESUMED, Worker()), (SETTLED, second)):
        at(later)
        work(backend, worker)
    at(RESUMED_AGAIN)
    work(backend, Worker())
    at(RESUMED_AGAIN + policy.RESUMED + timedelta(minutes=1))
    work(backend, Worker())
    at()
    return backend.call("privacy_get_erasure_report", receipt, uid=None)


def shape(seen):
    """Return what a report says, without its times."""
    told = seen["report"]
    erased = {row["collection"]: row["count"] for row in told["erased"]}
    kept = {row["collection"]: row["count"] for row in told["kept"]}
    return seen["state"], erased, told["files"], kept


def problems(admin, uid, seen, right):
    """Yield what is not as after an erasure without a fault."""
    if shape(seen) != right:
        yield f"the report says {shape(seen)}, not {right}"
    if places(uid) != KEPT or files(uid) or has_account(uid):
        yield f"something is left: {places(uid) - KEPT} {files(uid)} {has_account(uid)}"
    if destruction.destroyed_at(uid) is None:
        yield "there is no mark"
    about = FieldFilter("subject", "==", uid)
    entries = admin.collection("audit_entries").where(filter=about).stream()
    actions = sorted(entry.to_dict().get("action", "") for entry in entries)
    if actions != sorted(["", "", "request_erasure", "begin_erasure", "erase"]):
        yield f"the audit tells of {actions}"


def points(calls):
    """Return before which calls to die."""
    numbers = range(1, len(calls) + 1)
    if os.environ.get("NIGHTLY"):
        return list(numbers)
    return sorted({*numbers[:EDGE], *numbers[EDGE:-EDGE:STEP], *numbers[-EDGE:]})


@pytest.fixture
def unharmed(backend, admin, at, someone):
    """What an erasure without a fault reports, and its calls in the first run and in the second."""
    uid, first, second = someone(), Worker(), Worker()
    seen = erase(backend, at, uid, first, second)
    right = shape(seen)
    assert right[:3] == ("done", ERASED, 2)
    assert right[3].keys() == KEPT
    assert list(problems(admin, uid, seen, right)) == []
    return right, first.calls, second.calls


def test_it_ends_alike_wherever_the_worker_dies(backend, admin, at, someone, unharmed):
    right, first, second = unharmed
    deaths = [(n, 0) for n in points(first)] + [(0, n) for n in points(second)]
    assert len(deaths) > 40
    wrong = []
    for one, two in deaths:
        clear_databases()  # what is kept of those before makes each look longer
        vault.keyring.forget()
        uid = someone()
        seen = erase(backend, at, uid, Worker(dies_before=one), Worker(dies_before=two))
        wrong += [(one, two, problem) for problem in problems(admin, uid, seen, right)]

    assert wrong == []


def test_it_ends_alike_though_the_answer_to_every_commit_is_lost(
    backend,
    admin,
    at,
    someone,
    unharmed,
):
    right, _, _ = unharmed
    uid = someone()

    forgetful = Worker(loses_answers=True), Worker(loses_answers=True)
    seen = erase(backend, at, uid, *forgetful)

    assert list(problems(admin, uid, seen, right)) == []
    assert store.erasures.get(store.erasure_id(uid)).erased == ERASED


def test_it_ends_alike_though_every_worker_dies_a_few_calls_further(
    backend,
    admin,
    at,
    someone,
    unharmed,
):
    right, _, _ = unharmed
    uid = someone()
    receipt = {"receiptId": ask(backend, uid)["receiptId"]}
    later, lives = DUE, 0
    while store.erasures.get(store.erasure_id(uid)).state != "done":
        at(later)
        lives += 1
        work(backend, Worker(dies_before=12 + lives))
        later += policy.RESUMED + timedelta(minutes=1)
    at()

    assert lives > 5
    seen = backend.call("privacy_get_erasure_report", receipt, uid=None)
    assert list(problems(admin, uid, seen, right)) == []
