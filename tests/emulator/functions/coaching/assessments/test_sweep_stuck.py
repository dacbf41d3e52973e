"""`assessments_sweep_stuck`: nothing stays in progress for ever."""

from datetime import timedelta

import pytest

from app.coaching.generation.policy import LEASE, START_GRACE
from app.kit.triggers import RetryLaterError
from tests.emulator.functions.coaching.conftest import NOW

TICK = timedelta(microseconds=1)


@pytest.fixture
def abandoned(backend, submit, admin):
    """An assessment whose worker failed after it had claimed it."""
    assessment_id = submit()
    record = admin.document(f"assessment_records/{assessment_id}")
    stored = record.get().to_dict()
    record.update({"sealed.goalsText": b"broken"})
    with pytest.raises(RetryLaterError):
        backend.deliver("assessments_on_submitted", assessment_id, at=NOW)
    record.set(stored)
    return admin.document(f"assessments/{assessment_id}")


def state(reference):
    live = reference.get().to_dict()
    return live["status"], live["attempts"], live["source"]


def test_what_nobody_began_is_begun_after_the_grace(backend, submit, admin, later):
    assessment = admin.document(f"assessments/{submit()}")

    later(START_GRACE)
    backend.tick("assessments_sweep_stuck")
    assert state(assessment) == ("submitted", 0, None)

    later(START_GRACE + TICK)
    backend.tick("assessments_sweep_stuck")
    assert state(assessment) == ("analyzed", 1, "model")


def test_what_a_dead_worker_left_is_taken_up_after_its_lease(backend, abandoned, later):
    assert state(abandoned) == ("analyzing", 1, None)

    later(LEASE)
    backend.tick("assessments_sweep_stuck")
    assert state(abandoned) == ("analyzing", 1, None)

    later(LEASE + TICK)
    backend.tick("assessments_sweep_stuck")
    assert state(abandoned) == ("analyzed", 2, "model")


def test_a_late_duplicate_of_the_event_waits_for_the_lease_too(backend, abandoned, model):
    backend.deliver("assessments_on_submitted", abandoned.id, at=NOW)

    assert state(abandoned) == ("analyzing", 1, None)
    assert model.calls() == []


def test_after_three_starts_the_rules_write(backend, abandoned, model, later):
    abandoned.update({"attempts": 3})
    later(LEASE + TICK)

    backend.tick("assessments_sweep_stuck")

    assert state(abandoned) == ("analyzed", 4, "rules")
    assert model.calls() == []


def test_what_is_done_is_not_touched(backend, analyzed, everything, later):
    analyzed()
    stored = everything()
    later(timedelta(days=1))

    backend.tick("assessments_sweep_stuck")

    assert everything() == stored
