"""From no admin at all to an admin with a second factor, through the Auth emulator."""

import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import firebase_admin
import pytest
import requests
from firebase_admin import auth

from tests.support.patience import SOON_SECONDS
from tools import identity_platform
from tools.client import PROJECT, CallError, WebClient

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"  # noqa: S105  # of people who exist in this run alone
PHONE = "+15555550100"


def identity(method, version="v2", **body):
    """Ask the Auth emulator as the Firebase SDK does."""
    host = os.environ["FIREBASE_AUTH_EMULATOR_HOST"]
    url = f"http://{host}/identitytoolkit.googleapis.com/{version}/{method}?key=demo"
    answer = requests.post(url, json=body, timeout=60)
    answer.raise_for_status()
    return answer.json()


def sent_code(session_info):
    """Return the code that was sent to the phone."""
    host = os.environ["FIREBASE_AUTH_EMULATOR_HOST"]
    url = f"http://{host}/emulator/v1/projects/{PROJECT}/verificationCodes"
    codes = requests.get(url, timeout=SOON_SECONDS).json()["verificationCodes"]
    return next(code["code"] for code in codes if code["sessionInfo"] == session_info)


def proof(started):
    return {"sessionInfo": started["sessionInfo"], "code": sent_code(started["sessionInfo"])}


def first_admin(email):
    """Run the program for the first admin; return its exit code."""
    return subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-m", "tools.first_admin", email],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/functions:{ROOT}", "FUNCTIONS_EMULATOR": "true"},
        check=False,
        timeout=120,
    ).returncode


def refusal(action):
    with pytest.raises(CallError) as error:
        action()
    return error.value.status, error.value.details


@pytest.fixture(scope="module")
def accounts():
    app = firebase_admin.initialize_app(options={"projectId": PROJECT}, name="second-factor")
    yield app
    firebase_admin.delete_app(app)


@pytest.fixture(scope="module")
def email():
    return f"boss-{uuid4().hex}@example.org"


@pytest.fixture(scope="module")
def boss(accounts, email):
    """The first admin, with a password alone."""
    boss = WebClient.sign_up(email, PASSWORD, "Boss")
    assert first_admin(email) == 1  # not verified
    auth.update_user(boss.uid, email_verified=True, app=accounts)
    assert first_admin(email) == 0
    return WebClient.sign_in(email, PASSWORD)


def test_there_is_one_first_admin(accounts, boss, email):
    other = auth.create_user(email=f"{uuid4().hex}@example.org", email_verified=True, app=accounts)

    assert first_admin(other.email) == 1
    assert first_admin("nobody@example.org") == 1
    assert auth.get_user(other.uid, accounts).custom_claims is None
    assert first_admin(email) == 0  # what a crash may have left undone


def test_with_a_password_alone_an_admin_is_refused_and_with_a_second_factor_let_in(boss, email):
    assert refusal(lambda: boss.call("accounts_list_role_changes")) == (
        "PERMISSION_DENIED",
        {"reason": "second_factor"},
    )

    phone = {"phoneNumber": PHONE}
    started = identity(
        "accounts/mfaEnrollment:start", idToken=boss.token, phoneEnrollmentInfo=phone
    )
    code = proof(started["phoneSessionInfo"])
    identity("accounts/mfaEnrollment:finalize", idToken=boss.token, phoneVerificationInfo=code)

    pending = identity(
        "accounts:signInWithPassword",
        "v1",
        email=email,
        password=PASSWORD,
        returnSecureToken=True,
    )
    assert "idToken" not in pending
    credential = {"mfaPendingCredential": pending["mfaPendingCredential"]}
    (factor,) = pending["mfaInfo"]
    started = identity(
        "accounts/mfaSignIn:start",
        **credential,
        mfaEnrollmentId=factor["mfaEnrollmentId"],
        phoneSignInInfo={},
    )
    code = proof(started["phoneResponseInfo"])
    wrong = code | {"code": "000000" if code["code"] != "000000" else "111111"}
    with pytest.raises(requests.HTTPError):
        identity("accounts/mfaSignIn:finalize", **credential, phoneVerificationInfo=wrong)
    signed_in = identity("accounts/mfaSignIn:finalize", **credential, phoneVerificationInfo=code)
    strong = WebClient(signed_in["idToken"], boss.uid, signed_in["refreshToken"])

    (change,) = strong.call("accounts_list_role_changes")["items"]
    assert (change["person"], change["role"], change["proposedBy"]) == (
        boss.uid,
        "admin",
        "operator",
    )
    session = strong.call("accounts_list_sessions")["items"][0]
    assert (session["current"], session["secondFactor"]) == (True, True)
    strong.refresh()
    strong.call("accounts_list_role_changes")


def test_the_declared_configuration_is_one_that_identity_platform_reads():
    """The emulator checks requests against the service's own description of them."""
    declared = json.loads(identity_platform.FILE.read_text())
    names = [name for fields in declared["providers"].values() for name in fields.values()]
    environment = dict.fromkeys(names, "secret")
    environment |= {"GOOGLE_CLOUD_PROJECT": PROJECT, "AUTHORIZED_DOMAINS": "app.example.org"}
    config, *providers = identity_platform.changes(declared, environment)
    host = os.environ["FIREBASE_AUTH_EMULATOR_HOST"]

    def send(body):
        url = f"http://{host}/identitytoolkit.googleapis.com/v2/projects/{PROJECT}/config"
        # Nothing is in the mask: blocking functions stay, and the emulator only reads.
        headers = {"Authorization": "Bearer owner"}
        query = {"updateMask": "signIn.allowDuplicateEmails"}
        return requests.patch(url, json=body, params=query, headers=headers, timeout=SOON_SECONDS)

    assert send(config.body).status_code == 200, send(config.body).text
    assert send(config.body | {"mfa": {"state": "NO_SUCH_STATE"}}).status_code == 400
    assert {change.path.rpartition("/")[2] for change in providers} == {"google.com", "apple.com"}
    assert "secret" not in json.dumps([change.shown for change in providers])
