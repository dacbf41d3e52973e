"""`plans_sweep_stuck`: nothing stays in progress for ever."""

from datetime import timedelta

import pytest

from app.coaching.generation.policy import LEASE, START_GRACE
from app.kit.triggers import RetryLaterError
from tests.emulator.functions.coaching.conftest import NOW

TICK = timedelta(microseconds=1)


def state(reference):
    live = reference.get().to_dict()
    return live["status"], live["attempts"], live["source"]


def test_what_nobody_began_is_begun_after_the_grace(backend, ask, admin, later):
    plan = admin.document(f"plans/{ask()}")

    later(START_GRACE)
    backend.tick("plans_sweep_stuck")
    assert state(plan) == ("generating", 0, None)

    later(START_GRACE + TICK)
    backend.tick("plans_sweep_stuck")
    assert state(plan) == ("ready", 1, "model")


def test_what_a_failed_worker_left_is_taken_up_after_its_lease(backend, ask, admin, later):
    plan = admin.document(f"plans/{ask()}")
    asked = admin.document(f"plan_requests/{plan.id}")
    stored = asked.get().to_dict()
    asked.update({"sealed.goals": b"broken"})
    with pytest.raises(RetryLaterError):
        backend.deliver("plans_on_requested", plan.id, at=NOW)
    asked.set(stored)

    later(LEASE)
    backend.tick("plans_sweep_stuck")
    assert state(plan) == ("generating", 1, None)

    later(LEASE + TICK)
    backend.tick("plans_sweep_stuck")
    assert state(plan) == ("ready", 2, "model")


def test_what_is_done_is_not_touched(backend, planned, everything, later):
    planned()
    stored = everything()
    later(timedelta(days=1))

    backend.tick("plans_sweep_stuck")

    assert everything() == stored
