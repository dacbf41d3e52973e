"""Both corridors over HTTP, as browsers and Stripe use them, against the Functions emulator."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from tests.support.consents import general
from tests.support.patience import SOON_SECONDS, assert_within
from tests.unit.coaching.assessments.samples import WIRE
from tools.client import CallError, WebClient, new_key, pay, until

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"  # noqa: S105  # of people who exist in this run alone
PATIENCE_SECONDS = 120.0  # several functions may have to start, one after the other
ANALYSIS_SECONDS = 20.0
QUIET_SECONDS = 5.0
TRIES = 3

IN_ANOTHER_PROCESS = """
import sys
import flask, main
name, token, data = sys.argv[1:]
headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
with flask.Flask("reader").test_request_context(method="POST", data=data, headers=headers):
    print(getattr(main, name)(flask.request).get_data(as_text=True))
"""
"""Serves one call of a function as its process would."""


def someone(name):
    """Sign up and in, let the model read what they write, and return the person's browser."""
    email = f"{name}-{uuid4().hex}@example.org"
    WebClient.sign_up(email, PASSWORD, name)
    person = WebClient.sign_in(email, PASSWORD)
    person.call("consents_give", **general())
    return person


def sandbox(path, **fields):
    """Steer a stand-in, such as with `model/faults`."""
    answer = requests.post(f"{os.environ['SANDBOX_URL']}/{path}", json=fields, timeout=SOON_SECONDS)
    answer.raise_for_status()


def refusal(action):
    """Return status and details of a refusal."""
    with pytest.raises(CallError) as error:
        action()
    return error.value.status, error.value.details


def finished(person, path):
    """Return a live document once it is complete."""
    document = person.document(path)
    return document if document and document["progress"] == "100" else None


@pytest.fixture(scope="module")
def ann():
    return someone("ann")


@pytest.fixture(scope="module")
def submitted(ann):
    """Ann's assessment, which the model has analyzed."""
    answer = ann.call("assessments_submit", idempotencyKey=new_key(), **WIRE)
    path = f"assessments/{answer['assessmentId']}"
    until(lambda: finished(ann, path), PATIENCE_SECONDS)
    return answer


def test_a_person_answers_and_gets_an_analysis_that_cites_the_questions(ann, submitted):
    questions = ann.call("assessments_get_questionnaire")["questions"]
    live = ann.document(f"assessments/{submitted['assessmentId']}")
    result = ann.call("assessments_get_result", assessmentId=submitted["assessmentId"])

    assert len(questions) == 10
    assert (submitted["status"], submitted["intensity"]) == ("submitted", "regular")
    assert (live["status"], live["progress"], live["source"]) == ("analyzed", "100", "model")
    assert result["answers"] == WIRE
    assert result["readiness"] | submitted["readiness"] == result["readiness"]
    cited = {q for claim in result["analysis"]["strengths"] for q in claim["questionIds"]}
    assert cited <= {question["id"] for question in questions}
    assert cited


def test_another_person_and_a_visitor_see_nothing_of_it(ann, submitted):
    ben, path = someone("ben"), f"assessments/{submitted['assessmentId']}"

    assert ben.document(path) is None
    assert WebClient().document(path) is None
    for collection in ("assessment_records", "analyses"):
        assert ann.document(f"{collection}/{submitted['assessmentId']}") is None
    of_another, of_nobody = (
        refusal(lambda: ben.call("assessments_get_result", assessmentId=identifier))  # noqa: B023
        for identifier in (submitted["assessmentId"], "0" * 32)
    )
    assert of_another == of_nobody == ("NOT_FOUND", None)
    assert refusal(lambda: WebClient().call("assessments_list"))[0] == "UNAUTHENTICATED"


def test_answers_are_taken_once_where_nothing_is_paid_for(ann, submitted):
    def submit():
        return ann.call("assessments_submit", idempotencyKey=new_key(), **WIRE)

    assert refusal(submit) == (
        "FAILED_PRECONDITION",
        {"limit": 1, "plan": "premium", "reason": "plan"},
    )


def test_a_process_started_later_reads_what_another_one_wrote(ann, submitted):
    request = json.dumps({"data": {"assessmentId": submitted["assessmentId"]}})
    name = "assessments_get_result"
    environment = {**os.environ, "FUNCTIONS_EMULATOR": "true", "FUNCTION_TARGET": name}
    later = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", IN_ANOTHER_PROCESS, name, ann.token, request],
        cwd=ROOT / "functions",
        env=environment,
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )

    assert json.loads(later.stdout.strip().splitlines()[-1])["result"]["answers"] == WIRE


def test_a_plan_is_made_from_the_analysis(ann, submitted):
    asked = ann.call(
        "plans_generate", idempotencyKey=new_key(), goals=["Delegate more"], timeframe="3_months"
    )
    live = until(lambda: finished(ann, f"plans/{asked['planId']}"), PATIENCE_SECONDS)
    plan = ann.call("plans_get", planId=asked["planId"])

    assert asked["status"] == "generating"
    assert (live["status"], live["source"]) == ("ready", "model")
    assert plan["goals"] == ["Delegate more"]
    assert len(plan["plan"]["phases"]) in {3, 4}
    assert sum(phase["durationWeeks"] for phase in plan["plan"]["phases"]) >= 8


def test_while_the_model_hangs_the_analysis_is_made_by_rules_in_time(submitted):
    people = [someone("cal") for _ in range(TRIES)]

    def be_analyzed():
        cal = people.pop()
        answer = cal.call("assessments_submit", idempotencyKey=new_key(), **WIRE)
        path = f"assessments/{answer['assessmentId']}"
        live = until(lambda: finished(cal, path), PATIENCE_SECONDS)
        assert (live["status"], live["source"]) == ("analyzed", "rules")

    sandbox("model/faults", sleep_seconds=30, times=-1)
    try:
        assert_within(ANALYSIS_SECONDS, be_analyzed, tries=TRIES)
    finally:
        sandbox("model/reset")


FAULTS = {
    "as they come": [],
    "three times, in two events each, and out of order": [
        {"kind": "webhook_duplicate", "copies": 3, "times": 2},
        {"kind": "webhook_twin", "match": "payment_intent.succeeded"},
        {"kind": "webhook_reorder", "count": 3},
    ],
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_a_gift_is_paid_and_stands_once_in_the_public_ledger(ann, faults):
    catalog = {item["id"]: item for item in WebClient().get("catalog_list")["items"]}
    size, before = WebClient().get("ledger_page")["size"], stripe_status()
    for fault in faults:
        sandbox("stripe/faults", **fault)

    request = {"idempotencyKey": new_key(), "items": [{"itemId": "food", "quantity": 2}]}
    checkout = ann.call("donations_create_checkout", dedication="For Sam", **request)
    shown = requests.get(checkout["checkoutUrl"], timeout=SOON_SECONDS)
    paid = pay(checkout["checkoutUrl"])

    def gift():
        mine = ann.call("donations_list")["items"]
        return next((g for g in mine if g["donationId"] == checkout["donationId"]), None)

    given = until(lambda: (g := gift()) and g["state"] == "succeeded" and g, PATIENCE_SECONDS)
    # Entries are in the ledger a moment before they are on its pages.
    page = until(
        lambda: (p := fresh_page()) and [e for e in p["items"] if e["index"] >= size] and p,
        PATIENCE_SECONDS,
    )
    until(all_delivered, PATIENCE_SECONDS)
    time.sleep(QUIET_SECONDS)  # for what must not come

    assert checkout["amountCents"] == 2 * catalog["food"]["unitAmountCents"] == 9000
    assert (shown.status_code, paid.status_code) == (200, 303)
    assert given["dedication"] == "For Sam"
    assert fresh_page()["size"] == size + 1
    after = stripe_status()
    told, happened = (after[what] - before[what] for what in ("deliveries", "events"))
    assert told >= happened + 2 * bool(faults)
    entry = page["items"][0]
    assert (entry["kind"], entry["categories"]) == ("DONATION", ["FOOD"])
    assert sum(int(amount) for _, amount in entry["postings"]) == 0
    assert max(int(amount) for _, amount in entry["postings"]) <= 9000
    private = (ann.uid, checkout["donationId"], "Sam", "pi_", "donor@example.org")
    assert not [word for word in private if word in json.dumps(page)]


def test_the_ledger_is_read_by_category_and_period():
    everything = fresh_page()["items"]
    year, month = everything[0]["day"][:4], everything[0]["day"][:7]
    of_the_month = [entry for entry in everything if entry["day"].startswith(month)]

    assert fresh_page(category="FOOD", period=month)["items"] == of_the_month
    assert fresh_page(category="HOUSING")["items"] == []
    assert fresh_page(period=str(int(year) - 1))["items"] == []
    first = fresh_page(limit=1)
    assert fresh_page(cursor=first["nextCursor"])["items"] == everything[1:]


def fresh_page(**query):
    return WebClient().get("ledger_page", **query)


def all_delivered():
    """Whether Stripe has nothing left to deliver."""
    return stripe_status()["deliveriesWaiting"] == 0


def stripe_status():
    return requests.get(f"{os.environ['SANDBOX_URL']}/stripe/status", timeout=SOON_SECONDS).json()
