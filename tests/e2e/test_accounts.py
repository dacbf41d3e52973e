"""Signing up and in through the Auth emulator, which asks our functions what to do."""

import base64
import json
import os
import time
from uuid import uuid4

import pytest
import requests
from google.cloud.firestore import Client

from tools.client import PROJECT, CallError, WebClient, new_key

PASSWORD = "correct horse battery"  # noqa: S105  # of people who exist in this run alone


def claims(token):
    """Return what a token says."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def identity(method, version="v1", **body):
    """Ask the Auth emulator as the Firebase SDK does."""
    host = os.environ["FIREBASE_AUTH_EMULATOR_HOST"]
    url = f"http://{host}/identitytoolkit.googleapis.com/{version}/{method}?key=demo"
    return requests.post(url, json=body, timeout=60)


def refusal(action):
    with pytest.raises(CallError) as error:
        action()
    return error.value.status, error.value.details


@pytest.fixture(scope="module")
def email():
    return f"ann-{uuid4().hex}@example.org"


@pytest.fixture(scope="module")
def ann(email):
    return WebClient.sign_up(email, PASSWORD, "Ann")


def test_a_sign_in_has_a_session_whose_id_every_token_carries(ann, email):
    again = WebClient.sign_in(email, PASSWORD)
    before = claims(again.token)
    again.refresh()
    after = claims(again.token)
    stored = Client(project=PROJECT).document(f"sessions/{before['sessionId']}").get()

    assert stored.get("uid") == ann.uid
    assert before["sessionId"] == after["sessionId"] != claims(ann.token)["sessionId"]
    listed = again.call("accounts_list_sessions")["items"]
    assert [item["current"] for item in listed] == [True, False]


def test_without_the_terms_nothing_is_done():
    fields = {"email": f"new-{uuid4().hex}@example.org", "password": PASSWORD}
    answer = identity("accounts:signUp", **fields, returnSecureToken=True).json()
    new = WebClient(answer["idToken"], answer["localId"], answer["refreshToken"])

    assert refusal(lambda: new.call("assessments_list"))[1]["reason"] == "terms"
    new.accept_terms()
    assert new.call("assessments_list")["items"] == []


def test_who_is_too_young_has_no_account():
    fields = {"email": f"kid-{uuid4().hex}@example.org", "password": PASSWORD}
    answer = identity("accounts:signUp", **fields, returnSecureToken=True).json()
    kid = WebClient(answer["idToken"], answer["localId"], answer["refreshToken"])

    assert refusal(lambda: kid.accept_terms("2020-01-01"))[1]["reason"] == "age"
    again = identity("accounts:signInWithPassword", **fields)
    assert again.json()["error"]["message"] == "EMAIL_NOT_FOUND"


def test_after_signing_out_everywhere_no_session_goes_on(email):
    # Refresh tokens are Firebase Auth's to refuse, which its emulator does not do.
    one, other = WebClient.sign_in(email, PASSWORD), WebClient.sign_in(email, PASSWORD)
    one.call("accounts_sign_out_everywhere", idempotencyKey=new_key())

    for browser in (one, other):
        assert refusal(lambda: browser.call("accounts_list_sessions"))[0] == "UNAUTHENTICATED"  # noqa: B023
    time.sleep(1.1)
    assert WebClient.sign_in(email, PASSWORD).call("accounts_list_sessions")["items"]
