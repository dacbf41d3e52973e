"""The refusals that the design numbers, each over HTTP: `test_NN_...` shows refusal NN.

Most are asked of the Functions emulator. What an emulator cannot refuse, since it verifies nothing
or has one instance too many, is asked of functions-framework: outside the emulators' mode with the
certificates of a local server, or with limits that few calls exhaust.
"""

import json
import os
import time
from uuid import uuid4

import firebase_admin
import pytest
import requests
from firebase_admin import auth

from app.kit.environment import STAND_INS
from benchmarks.servers import ROOT, serving
from tests.support.certificates import TokenSigner
from tests.support.patience import SOON_SECONDS
from tests.support.tokens import PROJECT, claims, id_token, staff
from tests.unit.coaching.assessments.samples import WIRE
from tools.client import WebClient, function_url, new_key

PASSWORD = "correct horse battery"  # noqa: S105  # of people who exist in this run alone
SERVED = ROOT / "tests/support/served"
ORIGIN = os.environ.get("WEB_URL", "")  # of the Hosting emulator
QUEUE = "queue@demo-evergrow.iam.gserviceaccount.com"
OK, UNAUTHENTICATED, DENIED, NOT_FOUND = (
    (200, None),
    (401, "UNAUTHENTICATED"),
    (403, "PERMISSION_DENIED"),
    (404, "NOT_FOUND"),
)
INVALID, EXHAUSTED = (400, "INVALID_ARGUMENT"), (429, "RESOURCE_EXHAUSTED")


def post(url, token=None, data=None, **headers):
    """Call a callable at an address; return its HTTP status, its status and its error."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    answer = requests.post(url, json={"data": data or {}}, headers=headers, timeout=60)
    error = answer.json().get("error", {})
    return answer, (answer.status_code, error.get("status")), error


def outcome(name, token=None, data=None, **headers):
    """Return how the Functions emulator answers a callable."""
    return post(function_url(name), token, data, **headers)[1]


def someone():
    return WebClient.sign_up(f"{uuid4().hex}@example.org", PASSWORD, "Somebody")


@pytest.fixture(scope="module")
def accounts():
    """Firebase Auth's accounts, as this process administers them."""
    app = firebase_admin.initialize_app(options={"projectId": PROJECT}, name="refusals")
    yield app
    firebase_admin.delete_app(app)


@pytest.fixture(scope="module")
def ann():
    """Somebody who has an assessment."""
    ann = someone()
    answer = ann.call("assessments_submit", idempotencyKey=new_key(), **WIRE)
    ann.assessment_id = answer["assessmentId"]
    return ann


@pytest.fixture(scope="module")
def signer():
    signer = TokenSigner().start()
    yield signer
    signer.stop()


@pytest.fixture(scope="module")
def stranger():
    """Signs tokens by a key that nobody trusts."""
    stranger = TokenSigner().start()
    yield stranger
    stranger.stop()


@pytest.fixture(scope="module")
def cloud(signer, tmp_path_factory):
    """Serve a function as in the cloud: nothing is emulated, all tokens are verified."""
    credentials = tmp_path_factory.mktemp("cloud") / "credentials.json"
    credentials.write_text(json.dumps(signer.service_account()))
    environment = dict.fromkeys(STAND_INS, "") | {
        "FUNCTIONS_EMULATOR": "",
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "GOOGLE_APPLICATION_CREDENTIALS": str(credentials),
        "CERTIFICATES": signer.url,
        "KEYS": signer.keys_url,
        "INVOKERS": QUEUE,
    }
    return lambda target: serving(SERVED / "verifying.py", target, environment)


@pytest.fixture(scope="module")
def verifying(cloud, signer):
    """Call a callable that verifies what it is sent, by an app that App Check attests."""
    attested = signer.sign(
        {
            "iss": "https://firebaseappcheck.googleapis.com/1",
            "aud": [f"projects/{PROJECT}"],
            "sub": "app",
            "iat": int(time.time()),
            "exp": int(time.time()) + 3600,
        }
    )
    with cloud("assessments_get_questionnaire") as server:
        url = f"http://127.0.0.1:{server.port}/"

        def send(token, app_check=attested):
            headers = {} if app_check is None else {"X_Firebase_AppCheck": app_check}
            return post(url, token, **headers)[1]

        yield send


def test_01_signed_out():
    assert outcome("accounts_list_sessions") == UNAUTHENTICATED
    assert outcome("accounts_list_sessions", "") == UNAUTHENTICATED


def test_02_expired(verifying, signer):
    now = int(time.time())

    assert verifying(signer.sign(claims("ann"))) == OK
    expired = signer.sign(claims("ann", iat=now - 7200, auth_time=now - 7200, exp=now - 3600))
    assert verifying(expired) == UNAUTHENTICATED


def test_03_foreign_project(verifying, signer):
    foreign = {"aud": "other", "iss": "https://securetoken.google.com/other"}

    assert outcome("accounts_list_sessions", id_token("ann", **foreign)) == UNAUTHENTICATED
    assert verifying(signer.sign(claims("ann", **foreign))) == UNAUTHENTICATED


def test_04_alg_none_outside_emulators(verifying, signer):
    assert verifying(id_token("ann")) == UNAUTHENTICATED
    assert verifying(signer.sign(claims("ann"), alg="none")) == UNAUTHENTICATED


def test_05_broken_signature(verifying, signer, stranger):
    content, _, signature = signer.sign(claims("ann")).rpartition(".")

    assert verifying(f"{content}.{signature[:-10]}{signature[-10:].swapcase()}") == UNAUTHENTICATED
    assert verifying(f"{content}.") == UNAUTHENTICATED
    assert verifying(stranger.sign(claims("ann"))) == UNAUTHENTICATED


def test_06_revoked(accounts):
    ben = someone()
    assert outcome("accounts_list_sessions", ben.token) == OK
    time.sleep(1.1)  # Firebase Auth counts whole seconds
    auth.revoke_refresh_tokens(ben.uid, accounts)

    assert outcome("accounts_list_sessions", ben.token) == UNAUTHENTICATED


def test_07_disabled(accounts):
    ben = someone()
    auth.update_user(ben.uid, disabled=True, app=accounts)

    assert outcome("accounts_list_sessions", ben.token) == UNAUTHENTICATED


def test_08_deleted(accounts):
    ben = someone()
    auth.delete_user(ben.uid, accounts)

    assert outcome("accounts_list_sessions", ben.token) == UNAUTHENTICATED


@pytest.fixture(scope="module")
def boss(accounts):
    """Return a token of an admin's after a right sign-in, but for what is changed."""
    uid = auth.create_user(app=accounts).uid
    return lambda **changed: id_token(uid, **(staff("admin") | changed))


STAFF_ONLY = "accounts_list_role_changes"


def test_09_wrong_role(ann, boss):
    assert outcome(STAFF_ONLY, boss()) == OK
    assert outcome(STAFF_ONLY, ann.token) == DENIED
    assert outcome(STAFF_ONLY, boss(roles=["support", "finance", "reviewer"])) == DENIED
    assert outcome(STAFF_ONLY, boss(roles="admin", admin=True)) == DENIED


def test_10_another_persons_id(ann):
    ben, request = someone(), {"assessmentId": ann.assessment_id}

    of_another = post(function_url("assessments_get_result"), ben.token, request)
    of_nobody = post(function_url("assessments_get_result"), ben.token, {"assessmentId": "0" * 32})
    assert outcome("assessments_get_result", ann.token, request) == OK
    assert of_another[1:] == of_nobody[1:]
    assert of_another[1] == NOT_FOUND


def write(person, path, **fields):
    """Change fields of a document as the person's browser could; return the HTTP status."""
    host = os.environ["FIRESTORE_EMULATOR_HOST"]
    answer = requests.patch(
        f"http://{host}/v1/projects/{PROJECT}/databases/(default)/documents/{path}",
        params={"updateMask.fieldPaths": list(fields)},
        json={"fields": {name: {"stringValue": value} for name, value in fields.items()}},
        headers={"Authorization": f"Bearer {person.token}"},
        timeout=SOON_SECONDS,
    )
    return answer.status_code


def test_11_a_protected_field_alone(ann):
    path = f"assessments/{ann.assessment_id}"

    assert ann.document(path)["status"] in {"submitted", "analyzing", "analyzed"}
    for field in ("uid", "status", "roles"):
        assert write(ann, path, **{field: "mine"}) == 403
    assert write(ann, f"accounts/{ann.uid}", roles="admin") == 403


def test_12_a_protected_field_among_allowed_ones(ann):
    path = f"assessments/{ann.assessment_id}"
    right = {"termsVersion": "2026-12-01", "idempotencyKey": new_key()}

    assert write(ann, path, note="mine", uid="mallory") == 403
    for field in ("uid", "roles", "ofAgeSince"):
        request = right | {field: "admin"}
        _, status, error = post(function_url("accounts_accept_terms"), ann.token, request)
        assert status == INVALID
        assert [problem["field"] for problem in error["details"]] == [field]


def test_13_an_unknown_field(ann):
    _, status, error = post(function_url("accounts_list_sessions"), ann.token, {"nosuch": 1})

    assert status == INVALID
    assert [problem["field"] for problem in error["details"]] == ["nosuch"]


def test_14_stale_auth_time(boss):
    now = int(time.time())

    assert outcome(STAFF_ONLY, boss(auth_time=now - 8 * 3600 + 120)) == OK
    assert outcome(STAFF_ONLY, boss(auth_time=now - 8 * 3600 - 5)) == DENIED


def test_15_future_auth_time(boss):
    now = int(time.time())

    assert outcome(STAFF_ONLY, boss(auth_time=now + 3600)) == UNAUTHENTICATED
    assert outcome(STAFF_ONLY, boss(auth_time=None)) == UNAUTHENTICATED


def test_16_missing_second_factor(boss):
    one_factor = {"sign_in_provider": "password", "identities": {}}
    _, status, error = post(function_url(STAFF_ONLY), boss(firebase=one_factor))

    assert status == DENIED
    assert error["details"] == {"reason": "second_factor"}


def test_17_missing_app_check(verifying, signer):
    token = signer.sign(claims("ann"))
    assert verifying(token) == OK
    assert verifying(token, app_check=None) == UNAUTHENTICATED
    assert verifying(token, app_check=token) == UNAUTHENTICATED

    enforced = {"APP_CHECK_ENFORCED": "true", "GOOGLE_CLOUD_PROJECT": PROJECT}
    with serving(ROOT / "functions/main.py", "assessments_get_questionnaire", enforced) as server:
        url = f"http://127.0.0.1:{server.port}/"
        assert post(url, id_token("ann"))[1] == UNAUTHENTICATED
        assert post(url, id_token("ann"), X_Firebase_AppCheck="x.y.z")[1] == UNAUTHENTICATED


def test_18_evil_or_null_origin(ann):
    url = function_url("accounts_list_sessions")
    own, status, _ = post(url, ann.token, Origin=ORIGIN)
    assert (status, own.headers["Access-Control-Allow-Origin"]) == (OK, ORIGIN)

    for origin in ("https://evil.example", "null", f"{ORIGIN}.evil.example"):
        answer, status, _ = post(url, ann.token, Origin=origin)
        preflight = requests.options(url, headers={"Origin": origin}, timeout=60)
        assert status == DENIED
        for reply in (answer, preflight):
            assert reply.headers.get("Access-Control-Allow-Origin") != origin


@pytest.fixture(scope="module")
def limited():
    """Serve a function whose limit is three."""
    environment = {"GOOGLE_CLOUD_PROJECT": PROJECT}
    return lambda target: serving(SERVED / "limited.py", target, environment)


def test_19_forged_x_forwarded_for(limited):
    with limited("by_address") as server:
        url = f"http://127.0.0.1:{server.port}/"
        forged = [
            post(url, X_Forwarded_For=f"198.51.100.{number}, 203.0.113.7")[1] for number in range(5)
        ]
        other = post(url, X_Forwarded_For="203.0.113.7, 203.0.113.8")[1]

    assert forged == [OK] * 3 + [EXHAUSTED] * 2
    assert other == OK


def test_20_flood_by_person_by_address_and_overall(limited):
    with limited("by_person") as server:
        url = f"http://127.0.0.1:{server.port}/"
        flood = [
            post(url, id_token("ann"), X_Forwarded_For=f"203.0.113.{number}") for number in range(5)
        ]
        ben = post(url, id_token("ben"))[1]
    assert [status for _, status, _ in flood] == [OK] * 3 + [EXHAUSTED] * 2
    assert ben == OK
    answer, _, error = flood[-1]
    assert answer.headers["Retry-After"] == str(error["details"]["retryAfterSeconds"])

    with limited("by_address") as server:
        url = f"http://127.0.0.1:{server.port}/"
        by_address = [post(url, X_Forwarded_For="203.0.113.7")[1] for _ in range(5)]
        elsewhere = post(url, X_Forwarded_For="203.0.113.8")[1]
    assert by_address == [OK] * 3 + [EXHAUSTED] * 2
    assert elsewhere == OK

    with limited("by_all") as server:
        url = f"http://127.0.0.1:{server.port}/"
        overall = [post(url, X_Forwarded_For=f"203.0.113.{number}")[1] for number in range(5)]
    assert overall == [OK] * 3 + [EXHAUSTED] * 2


def test_21_member_of_another_organization(ann):
    """Organizations do not exist yet: what is shown is that claims of membership open nothing."""
    mallory = someone()
    posing = id_token(
        mallory.uid, roles=["org_admin", "org_member"], orgId=ann.uid, organizations=[ann.uid]
    )
    request = {"assessmentId": ann.assessment_id}

    assert outcome("assessments_get_result", posing, request) == NOT_FOUND
    assert outcome(STAFF_ONLY, posing) == DENIED


def invocation(signer, function, **changed):
    """Return the token of a queue or a schedule that calls `function`."""
    now = int(time.time())
    address = f"https://us-central1-{PROJECT}.cloudfunctions.net/{function}"
    token = {"iss": "https://accounts.google.com", "aud": address, "sub": "1", "iat": now}
    token |= {"exp": now + 300, "email": QUEUE, "email_verified": True}
    return signer.sign(token | changed)


@pytest.mark.parametrize("function", ["ledgerSequenceTask", "ledger_sequence_every_minute"])
def test_22_task_or_schedule_endpoint_called_from_outside(cloud, signer, stranger, function):
    with cloud(function) as server:
        url = f"http://127.0.0.1:{server.port}/"

        def status(token=None, **headers):
            headers |= {} if token is None else {"Authorization": f"Bearer {token}"}
            return requests.post(url, json={}, headers=headers, timeout=60).status_code

        queue = {"X-CloudTasks-QueueName": function, "X-CloudScheduler": "true"}
        now = int(time.time())
        assert status() == 401
        assert status(**queue) == 401
        assert status(signer.sign(claims("ann"))) == 401
        assert status(invocation(stranger, function)) == 401
        for wrong in (
            {"email": "somebody@gmail.com"},
            {"email_verified": False},
            {"aud": f"https://us-central1-{PROJECT}.cloudfunctions.net/another"},
            {"aud": "https://us-central1-other.cloudfunctions.net/" + function},
            {"iss": f"https://securetoken.google.com/{PROJECT}"},
            {"iat": now - 7200, "exp": now - 3600},
        ):
            assert status(invocation(signer, function, **wrong)) == 401, wrong
        # The right one gets further: to its missing body, or to a database that is not there.
        assert status(invocation(signer, function)) in {400, 500, 503}
