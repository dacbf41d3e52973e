"""`assessments_get_questionnaire`."""

import pytest

from tests.support.errors import CallError


def test_a_client_can_show_and_check_the_ten_questions(call):
    served = call("assessments_get_questionnaire", {}, uid="ann")

    assert (served["version"], served["locale"], served["retakeAfterDays"]) == (1, "en", 30)
    assert len(served["questions"]) == 10
    by_id = {question["id"]: question for question in served["questions"]}
    assert by_id["professionalRole"]["maxLength"] == 100
    assert by_id["mainChallenges"]["maxChoices"] == 5
    assert len(by_id["mainChallenges"]["options"]) == 15
    assert by_id["mainChallenges"]["other"]["field"] == "mainChallengesOther"
    assert by_id["feedbackOpennessScore"] == {
        "id": "feedbackOpennessScore",
        "kind": "scale",
        "text": "How open are you to candid feedback?",
        "required": True,
        "minimum": 1,
        "maximum": 10,
        "minimumLabel": "I find it hard to hear",
        "maximumLabel": "I ask for it",
    }


def test_it_speaks_spanish(call):
    served = call("assessments_get_questionnaire", {"locale": "es"}, uid="ann")

    assert served["questions"][0]["text"] == "¿Cuál es su función en el trabajo?"


@pytest.mark.parametrize(
    ("data", "uid", "status"),
    [
        pytest.param({}, None, "UNAUTHENTICATED", id="signed out"),
        pytest.param({"locale": "fr"}, "ann", "INVALID_ARGUMENT", id="unknown language"),
        pytest.param({"locale": None}, "ann", "INVALID_ARGUMENT", id="null"),
        pytest.param({"lang": "en"}, "ann", "INVALID_ARGUMENT", id="unknown field"),
        pytest.param(None, "ann", "INVALID_ARGUMENT", id="no object"),
    ],
)
def test_refusals(call, data, uid, status):
    with pytest.raises(CallError) as refusal:
        call("assessments_get_questionnaire", data, uid=uid)

    assert refusal.value.status == status
