"""What a callable refuses before its operation runs, and what its answers carry."""

import json
import time

import flask
import pytest
from firebase_admin import auth

from app.kit.callables import LIMIT_BYTES, Caller, callable_function, open_callable
from app.kit.errors import FailedPreconditionError
from app.kit.limits import GUESSES, READS
from app.kit.model import Message
from app.kit.roles import Role
from tests.support.tokens import id_token, staff

ORIGIN = "https://app.example.org"


class Echo(Message):
    text: str


@callable_function(limits=READS)
def echo(request: Echo, caller: Caller) -> Echo:
    """Answer with what was sent."""
    return request


@callable_function(limits=READS, check_revoked=True)
def echo_live(request: Echo, caller: Caller) -> Echo:
    """Answer sessions that still live."""
    return request


@callable_function(limits=READS, admitted=frozenset({Role.FINANCE, Role.ADMIN}))
def echo_staff(request: Echo, caller: Caller) -> Echo:
    """Answer staff."""
    return request


@open_callable(limits=GUESSES)
def echo_open(request: Echo) -> Echo:
    """Answer anybody."""
    return request


@open_callable(limits=GUESSES)
def echo_address(request: Echo, address: str) -> Echo:
    """Answer with the address of whoever calls."""
    return Echo(text=address)


@callable_function(limits=READS)
def fail(request: Echo, caller: Caller) -> Echo:
    """Fail in the way that the request names."""
    if request.text == "refusal":
        raise FailedPreconditionError("Not now.", {"days": 3})
    raise RuntimeError(request.text)


web = flask.Flask(__name__)


def send(function, *, token=None, headers=None, **options):
    if token:
        headers = {"Authorization": f"Bearer {token}", **(headers or {})}
    options = {"method": "POST", "headers": headers, **options}
    if "data" not in options:
        options.setdefault("json", {"data": {"text": "hello"}})
    with web.test_request_context(**options):
        answer = function(flask.request)
        answer.get_data()
    return answer


def problem(answer):
    error = answer.get_json()["error"]
    fields = [p["field"] for p in error.get("details") or []]
    return answer.status_code, error["status"], fields


@pytest.fixture(autouse=True)
def site(backend, monkeypatch):
    monkeypatch.setenv("ALLOWED_ORIGINS", f"{ORIGIN},https://other.example.org")


def test_a_signed_in_person_is_answered():
    answer = send(echo, token=id_token("ann"))

    assert answer.get_json() == {"result": {"text": "hello"}}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_an_open_callable_answers_who_is_not_signed_in():
    assert send(echo_open).get_json() == {"result": {"text": "hello"}}


def test_an_open_callable_may_be_told_the_address_that_our_front_end_saw():
    answer = send(echo_address, headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})

    assert answer.get_json() == {"result": {"text": "203.0.113.7"}}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"method": "GET"}, (405, "INVALID_ARGUMENT", ["method"]), id="GET"),
        pytest.param({"method": "PUT"}, (405, "INVALID_ARGUMENT", ["method"]), id="PUT"),
        pytest.param(
            {"data": b"{}", "content_type": "text/plain"},
            (400, "INVALID_ARGUMENT", ["Content-Type"]),
            id="text",
        ),
        pytest.param(
            {"data": b'{"data":{}}'}, (400, "INVALID_ARGUMENT", ["Content-Type"]), id="no type"
        ),
        pytest.param({"json": []}, (400, "INVALID_ARGUMENT", ["body"]), id="a list"),
        pytest.param({"json": {}}, (400, "INVALID_ARGUMENT", ["body"]), id="no data"),
        pytest.param(
            {"json": {"data": {}, "more": 1}}, (400, "INVALID_ARGUMENT", ["body"]), id="more"
        ),
        pytest.param({"json": {"data": None}}, (400, "INVALID_ARGUMENT", ["data"]), id="null"),
        pytest.param({"json": {"data": {}}}, (400, "INVALID_ARGUMENT", ["text"]), id="missing"),
        pytest.param(
            {"data": b'{"data": {"text": NaN}}', "content_type": "application/json"},
            (400, "INVALID_ARGUMENT", ["text"]),
            id="NaN",
        ),
        pytest.param(
            {"json": {"data": {"text": "x" * LIMIT_BYTES}}},
            (413, "INVALID_ARGUMENT", ["body"]),
            id="a byte too long",
        ),
        pytest.param(
            {"json": {"data": {"text": "x" * 5_000_000}}},
            (413, "INVALID_ARGUMENT", ["body"]),
            id="5 MB",
        ),
    ],
)
def test_a_request_out_of_form_is_refused_by_name(options, expected):
    assert problem(send(echo, token=id_token("ann"), **options)) == expected


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(None, id="signed out"),
        pytest.param("", id="empty"),
        pytest.param("Bearer", id="no token"),
        pytest.param("Bearer x.y.z", id="no JWT"),
        pytest.param("Basic YW5uOnB3", id="another scheme"),
        pytest.param(f"Bearer {id_token('ann', aud='other')}", id="token of another project"),
        pytest.param(
            f"Bearer {id_token('ann', iss='https://securetoken.google.com/other')}",
            id="token of another issuer",
        ),
        pytest.param(f"Bearer {id_token('')}", id="nobody"),
        pytest.param(f"Bearer {id_token('a/../b')}", id="path for a uid"),
        pytest.param(f"Bearer {id_token('a' * 129)}", id="uid too long"),
    ],
)
def test_nobody_gets_in_without_a_valid_token(authorization):
    headers = {} if authorization is None else {"Authorization": authorization}

    # Also before the body is looked at.
    assert problem(send(echo, headers=headers, json={}))[:2] == (401, "UNAUTHENTICATED")


def test_an_ended_session_and_a_disabled_or_deleted_account_are_refused_at_once():
    eve = auth.create_user().uid
    earlier = id_token(eve, iat=1_700_000_000, auth_time=1_700_000_000)
    assert send(echo_live, token=id_token(eve)).status_code == 200

    auth.revoke_refresh_tokens(eve)
    assert problem(send(echo_live, token=earlier))[:2] == (401, "UNAUTHENTICATED")
    assert send(echo, token=earlier).status_code == 200  # where revocation is not asked

    auth.update_user(eve, disabled=True)
    assert problem(send(echo_live, token=id_token(eve)))[:2] == (401, "UNAUTHENTICATED")

    auth.delete_user(eve)
    assert problem(send(echo_live, token=id_token(eve)))[:2] == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        pytest.param({}, 403, id="no role"),
        pytest.param({"roles": ["support"]}, 403, id="another role"),
        pytest.param({"roles": "admin"}, 403, id="roles that are no list"),
        pytest.param({"admin": True}, 403, id="a claim of that name"),
        pytest.param({"roles": ["finance"]}, 403, id="staff without a second factor"),
        pytest.param(
            staff("finance") | {"auth_time": int(time.time()) - 9 * 3600},
            403,
            id="staff of yesterday",
        ),
        pytest.param(staff("donor", "finance"), 200, id="one of the roles"),
    ],
)
def test_a_role_is_asked_for(claims, status):
    somebody = auth.create_user().uid

    assert send(echo_staff, token=id_token(somebody, **claims)).status_code == status


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{ORIGIN}.evil.example", ""])
def test_pages_of_other_sites_are_refused(origin):
    answer = send(echo, token=id_token("ann"), headers={"Origin": origin})

    assert problem(answer)[:2] == (403, "PERMISSION_DENIED")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_our_own_pages_may_ask_first_and_then_read():
    preflight = send(echo, method="OPTIONS", headers={"Origin": ORIGIN})
    answer = send(echo, token=id_token("ann"), headers={"Origin": ORIGIN})

    assert preflight.status_code == 204
    for reply in (preflight, answer):
        assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert reply.headers["Vary"] == "Origin"


def test_where_app_check_is_on_only_our_apps_get_in(monkeypatch):
    monkeypatch.setenv("APP_CHECK_ENFORCED", "true")

    for headers in ({}, {"X-Firebase-AppCheck": "x.y.z"}):
        answer = send(echo, token=id_token("ann"), headers=headers)
        assert problem(answer)[:2] == (401, "UNAUTHENTICATED")


def test_a_refusal_reaches_the_client_with_its_details():
    answer = send(fail, token=id_token("ann"), json={"data": {"text": "refusal"}})

    assert answer.status_code == 400
    assert answer.get_json()["error"] == {
        "status": "FAILED_PRECONDITION",
        "message": "Not now.",
        "details": {"days": 3},
    }


def test_a_failure_tells_the_client_nothing_and_the_log_no_data(capsys):
    answer = send(fail, token=id_token("ann"), json={"data": {"text": "canary"}})

    assert answer.status_code == 500
    assert answer.get_json() == {
        "error": {"status": "INTERNAL", "message": "Something went wrong."}
    }
    output = capsys.readouterr()
    assert "canary" not in output.out + output.err
    entry = json.loads(output.err)
    assert entry["errorTypes"] == ["RuntimeError"]
    assert "in fail" in entry["stack_trace"]


def test_each_call_is_logged_once_under_its_trace(capsys):
    send(echo, token=id_token("ann"), headers={"X-Cloud-Trace-Context": "abc123/7;o=1"})

    (line,) = capsys.readouterr().out.splitlines()
    entry = json.loads(line)
    assert entry.pop("duration_ms") >= 0
    assert entry == {
        "severity": "INFO",
        "message": "echo",
        "function": "echo",
        "http_status": 200,
        "logging.googleapis.com/trace": "abc123",
    }
