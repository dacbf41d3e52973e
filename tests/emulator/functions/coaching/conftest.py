"""People with assessments, and the moment at which everything happens."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from uuid import uuid4

import pytest
from google.cloud.firestore_v1.services.firestore import FirestoreClient

from tests.support.consents import general
from tests.support.subscribing import entitle
from tests.unit.coaching.assessments.samples import WIRE

PLAN_WISH = {"goals": ["Delegate more", "Speak at a conference"], "timeframe": "6_months"}
NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def later(set_clock) -> Callable[[timedelta], None]:
    """Let the clock, which stands still, stand this long after `NOW`."""
    set_clock(NOW)
    return lambda elapsed: set_clock(NOW + elapsed)


@pytest.fixture
def premium(admin: Any) -> None:
    """Let Ann have Premium, which limits no number of assessments and plans."""
    entitle("ann")


@pytest.fixture
def submit(call) -> Callable[..., str]:
    """Submit the sample answers, with changes, and return the id of the assessment.

    The person has consented to it that a model reads them.
    """
    consenting: set[str] = set()

    def submit(uid: str = "ann", **changes: Any) -> str:
        if uid not in consenting:
            call("consents_give", general(), uid=uid)
            consenting.add(uid)
        data = WIRE | {"idempotencyKey": str(uuid4())} | changes
        return call("assessments_submit", data, uid=uid)["assessmentId"]

    return submit


@pytest.fixture
def analyzed(backend, submit) -> Callable[..., str]:
    """Submit and analyze the sample answers, and return the id of the assessment."""

    def analyzed(uid: str = "ann", **changes: Any) -> str:
        assessment_id = submit(uid, **changes)
        backend.deliver("assessments_on_submitted", assessment_id)
        return assessment_id

    return analyzed


@pytest.fixture
def ask(call, analyzed) -> Callable[..., str]:
    """Ask for a plan after an assessment, and return its id."""

    def ask(uid: str = "ann", **changes: Any) -> str:
        analyzed(uid)
        data = PLAN_WISH | {"idempotencyKey": str(uuid4())} | changes
        return call("plans_generate", data, uid=uid)["planId"]

    return ask


@pytest.fixture
def planned(backend, ask) -> Callable[..., str]:
    """Ask for a plan after an assessment, write it, and return its id."""

    def planned(uid: str = "ann", **changes: Any) -> str:
        plan_id = ask(uid, **changes)
        backend.deliver("plans_on_requested", plan_id)
        return plan_id

    return planned


@pytest.fixture
def round_trips(monkeypatch) -> Callable[[], AbstractContextManager[Counter[str]]]:
    """Count the calls to Firestore, of either database, that are made inside of a `with`."""

    @contextmanager
    def counting() -> Iterator[Counter[str]]:
        counted: Counter[str] = Counter()
        with monkeypatch.context() as patch:
            for name in ("batch_get_documents", "commit", "run_query"):
                patch.setattr(FirestoreClient, name, _counted(name, counted))
            yield counted

    return counting


def _counted(name: str, counted: Counter[str]) -> Callable[..., Any]:
    original = getattr(FirestoreClient, name)

    @wraps(original)
    def call(self: FirestoreClient, *args: Any, **kwargs: Any) -> Any:
        counted[name] += 1
        return original(self, *args, **kwargs)

    return call


@pytest.fixture
def everything(admin) -> Callable[[], dict[str, Any]]:
    """Return all documents of the default database by path."""

    def everything() -> dict[str, Any]:
        return {
            document.reference.path: document.to_dict()
            for collection in admin.collections()
            for document in collection.stream()
        }

    return everything
