"""`plans_on_requested`: a plan by the model, or by the rules whatever goes wrong."""

import json
import threading
from uuid import uuid4

import pytest

from app.coaching.generation import writing
from app.coaching.plans.models import PlanTimeframe
from app.coaching.plans.policy import calendar
from tests.support.patience import SOON_SECONDS, until
from tests.unit.coaching.assessments.samples import WIRE


def result(call, plan_id):
    return call("plans_get", {"planId": plan_id}, uid="ann")


def test_the_model_writes_it_from_goals_and_analysis(call, backend, ask, model):
    plan_id = ask(goals=["Delegate more"])
    model.reset()

    backend.deliver("plans_on_requested", plan_id)

    got = result(call, plan_id)
    assert (got["status"], got["progress"], got["source"]) == ("ready", 100, "model")
    assert got["readyAt"] == "2027-01-15T09:00:00Z"
    (sent,) = model.calls()
    (part,) = sent["body"]["contents"][0]["parts"]
    content = json.loads(part["text"])
    assert content["goals"] == ["Delegate more"]
    assert len(content["analysis"]["recommendedFocus"]) == 3
    assert "Delegate" not in json.dumps(sent["body"]["systemInstruction"])
    body = json.dumps(sent["body"])
    for absent in (plan_id, got["assessmentId"], WIRE["goalsText"], WIRE["professionalRole"]):
        assert absent not in body


def test_after_withdrawal_the_model_sees_nothing(call, backend, ask, model):
    plan_id = ask()
    model.reset()
    withdrawal = {"consentId": "processing", "idempotencyKey": str(uuid4())}
    call("consents_withdraw", withdrawal, uid="ann")

    backend.deliver("plans_on_requested", plan_id)

    assert result(call, plan_id)["source"] == "rules"
    assert model.calls() == []


@pytest.mark.parametrize("timeframe", PlanTimeframe)
@pytest.mark.parametrize("source", ["model", "rules"])
def test_rules_set_the_weeks_whoever_writes(call, planned, model, timeframe, source):
    if source == "rules":
        model.inject({"empty": True, "times": -1})

    plan_id = planned(timeframe=timeframe.value)

    got = result(call, plan_id)
    assert got["source"] == source
    durations = [phase["durationWeeks"] for phase in got["plan"]["phases"]]
    assert tuple(durations) == calendar.PHASE_WEEKS[timeframe][len(durations)]
    assert got["plan"]["milestones"][-1]["week"] == sum(durations) >= 8


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 429}, id="over the quota"),
        pytest.param({"status": 500}, id="broken"),
        pytest.param({"reset": True}, id="dropped connection"),
        pytest.param({"sleep_seconds": 30}, id="slow"),
        pytest.param({"text": "No."}, id="no JSON"),
        pytest.param({"text": "{}"}, id="another schema"),
        pytest.param({"truncate": 200}, id="cut off"),
        pytest.param({"block": "PROHIBITED_CONTENT"}, id="blocked prompt"),
        pytest.param({"finish": "SAFETY"}, id="blocked answer"),
        pytest.param({"empty": True}, id="no candidates"),
    ],
)
def test_any_fault_of_the_model_ends_in_the_rules(call, planned, model, monkeypatch, fault):
    monkeypatch.setattr(writing, "MODEL_DEADLINE_SECONDS", 1.0)
    model.inject(fault | {"times": -1, "match": "canary-goal"})

    plan_id = planned(goals=["canary-goal"])

    got = result(call, plan_id)
    assert (got["status"], got["source"]) == ("ready", "rules")
    assert "canary" not in json.dumps(got["plan"])


def test_words_of_crisis_in_a_goal_never_reach_the_model_and_bring_help(call, backend, ask, model):
    plan_id = ask(goals=["Sleep better", "I want to kill myself"])
    model.reset()

    backend.deliver("plans_on_requested", plan_id)

    got = result(call, plan_id)
    assert model.calls() == []
    assert (got["status"], got["source"]) == ("ready", "rules")
    assert "988" in {resource["contact"] for resource in got["resources"]}


def test_delivered_again_and_at_once_it_is_written_once(backend, ask, model, everything):
    plan_id = ask()
    model.reset()
    model.inject({"sleep_seconds": 0.5})
    threads = [
        threading.Thread(target=backend.deliver, args=("plans_on_requested", plan_id))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = everything()

    backend.deliver("plans_on_requested", plan_id)

    assert len(model.calls()) == 1
    assert stored[f"plans/{plan_id}"]["attempts"] == 1
    assert everything() == stored


def test_progress_is_live_while_the_model_thinks(backend, ask, model, admin):
    plan_id = ask()
    model.reset()
    model.inject({"sleep_seconds": SOON_SECONDS})
    worker = threading.Thread(target=backend.deliver, args=("plans_on_requested", plan_id))
    worker.start()
    until(model.calls)

    live = admin.document(f"plans/{plan_id}").get().to_dict()
    model.reset()
    worker.join()

    assert (live["status"], live["progress"]) == ("generating", 40)
    done = admin.document(f"plans/{plan_id}").get().to_dict()
    assert (done["status"], done["progress"], done["leaseUntil"]) == ("ready", 100, None)


def test_nothing_of_it_is_stored_in_plain(call, planned, everything):
    plan_id = planned()
    overview = result(call, plan_id)["plan"]["overview"]

    stored = everything()
    assert overview
    assert overview not in repr(stored)
    assert stored[f"plan_records/{plan_id}"]["sealed"].keys() == {"plan", "resources"}


def test_an_erased_plan_is_left_alone(backend, ask, admin, everything):
    plan_id = ask()
    admin.document(f"plans/{plan_id}").delete()
    stored = everything()

    backend.deliver("plans_on_requested", plan_id)

    assert everything() == stored
