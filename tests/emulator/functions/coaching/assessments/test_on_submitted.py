"""`assessments_on_submitted`: an analysis by the model, or by the rules whatever goes wrong."""

import json
import threading
from uuid import uuid4

import pytest
from firebase_admin import auth, exceptions

from app.coaching.generation import writing
from tests.support.consents import general
from tests.support.patience import SOON_SECONDS, until
from tests.unit.coaching.assessments.samples import WIRE


def raise_(error):
    raise error


def result(call, assessment_id):
    return call("assessments_get_result", {"assessmentId": assessment_id}, uid="ann")


def test_the_model_writes_it(call, analyzed, model):
    assessment_id = analyzed()

    got = result(call, assessment_id)
    assert (got["status"], got["progress"], got["source"]) == ("analyzed", 100, "model")
    assert got["analyzedAt"] == "2027-01-15T09:00:00Z"
    assert got["resources"] == []
    assert 3 <= len(got["analysis"]["strengths"]) <= 4
    assert len(got["analysis"]["recommendedFocus"]) == 3
    assert len(model.calls()) == 1


def test_without_consent_the_rules_write_and_the_model_sees_nothing(call, backend, model):
    data = WIRE | {"idempotencyKey": str(uuid4())}
    assessment_id = call("assessments_submit", data, uid="ann")["assessmentId"]
    backend.deliver("assessments_on_submitted", assessment_id)

    assert result(call, assessment_id)["source"] == "rules"
    assert model.calls() == []


def test_after_withdrawal_the_model_sees_nothing(call, backend, submit, model):
    assessment_id = submit()
    withdrawal = {"consentId": "processing", "idempotencyKey": str(uuid4())}
    call("consents_withdraw", withdrawal, uid="ann")
    backend.deliver("assessments_on_submitted", assessment_id)

    assert result(call, assessment_id)["source"] == "rules"
    assert model.calls() == []


@pytest.mark.parametrize("kind", ["marketing", "analytics", "coach_chat_retention"])
def test_another_consent_is_not_the_one_to_processing(call, backend, model, kind):
    call("consents_give", general(kind), uid="ann")
    data = WIRE | {"idempotencyKey": str(uuid4())}
    assessment_id = call("assessments_submit", data, uid="ann")["assessmentId"]
    backend.deliver("assessments_on_submitted", assessment_id)

    assert model.calls() == []


def test_words_of_crisis_bring_help_without_consent_too(call, backend, model):
    data = WIRE | {"idempotencyKey": str(uuid4()), "goalsText": "I want to kill myself"}
    assessment_id = call("assessments_submit", data, uid="ann")["assessmentId"]
    backend.deliver("assessments_on_submitted", assessment_id)

    assert "988" in {help_["contact"] for help_ in result(call, assessment_id)["resources"]}
    assert model.calls() == []


def test_without_an_agreement_with_its_operator_the_model_sees_nothing(
    call, analyzed, model, monkeypatch
):
    from app.platform.processors import register

    monkeypatch.setattr(register, "may_get_health_data", lambda processor: False)
    assessment_id = analyzed()

    assert result(call, assessment_id)["source"] == "rules"
    assert model.calls() == []


def test_nothing_of_it_is_stored_in_plain(call, analyzed, everything):
    assessment_id = analyzed()
    text = result(call, assessment_id)["analysis"]["learningApproach"]["text"]

    stored = everything()
    assert text
    assert text not in repr(stored)
    assert stored[f"analyses/{assessment_id}"].keys() == {"uid", "sealed"}


def test_the_prompt_holds_the_answers_as_data_and_no_identifier(analyzed, model):
    canaries = "Write to ann@example.org or +1 303 555 0142, I am person-canary-7"
    assessment_id = analyzed("person-canary-7", goalsText=canaries, professionalRole="canary-role")

    (sent,) = model.calls()
    (part,) = sent["body"]["contents"][0]["parts"]
    assert json.loads(part["text"]).keys() == WIRE.keys()
    assert json.loads(part["text"])["professionalRole"] == "canary-role"
    body = json.dumps(sent["body"])
    for identifier in ("ann@example.org", "555 0142", "person-canary-7", assessment_id, "_records"):
        assert identifier not in body
    assert "canary" not in json.dumps(sent["body"]["systemInstruction"])


def test_the_name_and_addresses_of_the_account_are_taken_out_of_the_answers(analyzed, model):
    auth.create_user(
        uid="named", display_name="Zoë Quill", email="zq@example.org", phone_number="+13035550199"
    )
    words = "Colleagues call me Zoe, or quill for short; zq@example.org, +1 303 555 0199."
    analyzed("named", goalsText=words)

    (sent,) = model.calls()
    body = json.dumps(sent["body"], ensure_ascii=False).casefold()
    for identifier in ("zoe", "zoë", "quill", "zq@", "0199"):
        assert identifier not in body
    assert "colleagues call me [name], or [name] for short" in body


def test_while_the_account_cannot_be_looked_up_the_rules_write(
    call, submit, backend, model, monkeypatch
):
    assessment_id = submit()
    with monkeypatch.context() as outage:
        error = exceptions.UnavailableError("down")
        outage.setattr(auth, "get_user", lambda uid: raise_(error))
        backend.deliver("assessments_on_submitted", assessment_id)

    assert result(call, assessment_id)["source"] == "rules"
    assert model.calls() == []


def test_delivered_again_and_at_once_it_is_written_once(backend, submit, model, everything):
    model.inject({"sleep_seconds": 0.5})
    assessment_id = submit()
    threads = [
        threading.Thread(target=backend.deliver, args=("assessments_on_submitted", assessment_id))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = everything()

    backend.deliver("assessments_on_submitted", assessment_id)

    assert len(model.calls()) == 1
    assert stored[f"assessments/{assessment_id}"]["attempts"] == 1
    assert everything() == stored


def test_progress_is_live_while_the_model_thinks(backend, submit, model, admin):
    model.inject({"sleep_seconds": SOON_SECONDS})
    assessment_id = submit()
    worker = threading.Thread(
        target=backend.deliver, args=("assessments_on_submitted", assessment_id)
    )
    worker.start()
    until(model.calls)

    live = admin.document(f"assessments/{assessment_id}").get().to_dict()
    model.reset()
    worker.join()

    assert (live["status"], live["progress"], live["source"]) == ("analyzing", 40, None)
    done = admin.document(f"assessments/{assessment_id}").get().to_dict()
    assert (done["status"], done["progress"], done["leaseUntil"]) == ("analyzed", 100, None)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 429}, id="over the quota"),
        pytest.param({"status": 429, "retry_after_seconds": 3600}, id="over it for an hour"),
        pytest.param({"status": 400}, id="refused"),
        pytest.param({"status": 403}, id="forbidden"),
        pytest.param({"status": 500}, id="broken"),
        pytest.param({"status": 503}, id="unavailable"),
        pytest.param({"html": 502}, id="a proxy's page"),
        pytest.param({"reset": True}, id="dropped connection"),
        pytest.param({"sleep_seconds": 30}, id="slow"),
        pytest.param({"drip_seconds": 0.05}, id="byte by byte"),
        pytest.param({"text": "I would rather talk."}, id="no JSON"),
        pytest.param({"text": "{}"}, id="an empty object"),
        pytest.param({"text": '{"strengths": [], "injected": true}'}, id="another schema"),
        pytest.param({"truncate": 200}, id="cut off"),
        pytest.param({"block": "PROHIBITED_CONTENT"}, id="blocked prompt"),
        pytest.param({"finish": "SAFETY"}, id="blocked answer"),
        pytest.param({"empty": True}, id="no candidates"),
    ],
)
def test_any_fault_of_the_model_ends_in_the_rules(call, analyzed, model, monkeypatch, fault):
    monkeypatch.setattr(writing, "MODEL_DEADLINE_SECONDS", 1.0)
    model.inject(fault | {"times": -1})
    assessment_id = analyzed()

    got = result(call, assessment_id)
    assert (got["status"], got["source"]) == ("analyzed", "rules")
    assert got["analysis"]["confidence"] == 1
    assert model.calls()


@pytest.mark.parametrize("field", ["professionalRole", "goalsText", "additionalContext"])
@pytest.mark.parametrize("words", ["I want to kill myself", "Quiero suicidarme"])
def test_words_of_crisis_never_reach_the_model_and_bring_help(call, analyzed, model, field, words):
    assessment_id = analyzed(**{field: words})

    got = result(call, assessment_id)
    assert model.calls() == []
    assert (got["status"], got["source"]) == ("analyzed", "rules")
    assert "988" in {resource["contact"] for resource in got["resources"]}


def test_own_words_for_other_are_screened_too(call, analyzed, model):
    assessment_id = analyzed(mainChallengesOther="I overdosed just now")

    assert model.calls() == []
    assert result(call, assessment_id)["resources"]


def test_the_live_document_does_not_tell_of_a_crisis(analyzed, admin):
    calm, upset = analyzed("ann"), analyzed("bob", goalsText="I want to kill myself")

    def fields(assessment_id):
        return admin.document(f"assessments/{assessment_id}").get().to_dict().keys()

    assert fields(calm) == fields(upset)


def test_the_rules_quote_no_word_of_the_person(call, analyzed, model):
    model.inject({"empty": True, "times": -1})
    canary = "canary"
    assessment_id = analyzed(professionalRole=canary, goalsText=canary, additionalContext=canary)

    assert canary not in json.dumps(result(call, assessment_id)["analysis"])


def test_an_erased_assessment_is_left_alone(backend, submit, admin, everything, model):
    assessment_id = submit()
    admin.document(f"assessments/{assessment_id}").delete()
    stored = everything()

    backend.deliver("assessments_on_submitted", assessment_id)

    assert (everything(), model.calls()) == (stored, [])


def test_no_answer_and_no_analysis_reaches_a_log(analyzed, model, capsys):
    model.inject({"text": "canary-from-the-model", "times": -1})
    assessment_id = analyzed(goalsText="canary-goal")

    logged = "".join(capsys.readouterr())
    assert "The model did not write" in logged
    for secret in ("canary", "Engineering manager", "ann", assessment_id):
        assert secret not in logged
