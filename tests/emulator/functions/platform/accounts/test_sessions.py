"""Signing up and in as Firebase Auth asks for it, terms, sessions, and ending them."""

import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from firebase_admin import auth

from app.platform.accounts.store import accounts, sessions
from tests.support.errors import CallError
from tests.support.export import export
from tests.support.tokens import TERMS

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"  # noqa: E501
NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def sign_in(backend):
    """Sign somebody in, and return the claims of their tokens."""

    def sign_in(uid="ann", **event):
        answer = backend.ask("accounts_before_sign_in", "beforeSignIn", uid, **event)
        return answer["userRecord"]["sessionClaims"]

    return sign_in


@pytest.fixture
def accept(call):
    """Accept the terms in force as somebody who has accepted none."""

    def accept(birth_date=None, uid="ann", version=TERMS):
        data = {"termsVersion": version, "idempotencyKey": str(uuid4())}
        data |= {"birthDate": birth_date} if birth_date else {}
        return call("accounts_accept_terms", data, uid=uid, termsVersion=None)

    return accept


def refusal(action):
    with pytest.raises(CallError) as error:
        action()
    reason = error.value.details
    return error.value.status, reason["reason"] if isinstance(reason, dict) else reason


def test_a_sign_in_leaves_a_session_without_address_or_exact_device(sign_in, call, admin):
    claims = sign_in(user_agent=IPHONE, sign_in_second_factor="phone", ip_address="203.0.113.9")
    stored = sessions.get(claims["sessionId"])

    assert (stored.uid, stored.device, stored.second_factor) == ("ann", "Safari on iPhone", True)
    assert "203.0.113" not in repr(export())
    assert "18_5" not in repr(export())


def test_the_same_event_again_is_the_same_session(sign_in, admin):
    assert sign_in(event_id="once") == sign_in(event_id="once")
    assert sign_in(event_id="once") != sign_in(event_id="twice")
    assert len(list(admin.collection("sessions").stream())) == 2


def test_people_see_their_own_sessions_newest_first(sign_in, call, set_clock):
    ids = []
    for minute in range(3):
        set_clock(NOW + timedelta(minutes=minute))
        ids.append(sign_in()["sessionId"])
        sign_in("bob")
    page = call("accounts_list_sessions", {"limit": 2}, uid="ann", sessionId=ids[1])
    rest = call("accounts_list_sessions", {"cursor": page["nextCursor"]}, uid="ann")

    assert [item["sessionId"] for item in page["items"] + rest["items"]] == ids[::-1]
    assert [item["current"] for item in page["items"]] == [False, True]
    assert [item["ended"] for item in page["items"]] == [False, False]


def test_signing_out_everywhere_is_felt_at_once(sign_in, call):
    sign_in()
    token, request = {"iat": int(time.time())}, {"idempotencyKey": str(uuid4())}
    call("accounts_list_sessions", {}, uid="ann", **token)
    out = call("accounts_sign_out_everywhere", request, uid="ann", **token)

    for name, data in (("accounts_list_sessions", {}), ("accounts_sign_out_everywhere", request)):
        refused = refusal(lambda: call(name, data, uid="ann", **token))  # noqa: B023
        assert refused[0] == "UNAUTHENTICATED"
    call("accounts_list_sessions", {}, uid="bob")
    time.sleep(max(0, datetime.fromisoformat(out["sessionsFrom"]).timestamp() - time.time()))
    again = sign_in()["sessionId"]
    page = call("accounts_list_sessions", {}, uid="ann", sessionId=again)
    assert [(item["current"], item["ended"]) for item in page["items"]] == [
        (True, False),
        (False, True),
    ]


def test_staff_sign_in_with_a_verified_address_alone(sign_in, backend):
    unverified = {"custom_claims": {"roles": ["support"]}, "email_verified": False}
    verified = unverified | {"email_verified": True}

    assert refusal(lambda: sign_in(user_record=unverified)) == ("PERMISSION_DENIED", "email")
    assert sign_in(user_record=verified)
    assert sign_in(user_record={"custom_claims": {"roles": ["coach"]}})


@pytest.mark.parametrize(
    "user",
    [
        pytest.param({"email": None}, id="no address"),
        pytest.param({"uid": "a/../b"}, id="a path for a uid"),
        pytest.param({"uid": "__all__"}, id="a name of Firestore's own"),
    ],
)
def test_some_accounts_are_not_created(backend, user):
    def sign_up():
        backend.ask("accounts_before_sign_up", "beforeCreate", "ann", user_record=user)

    assert refusal(sign_up)[0] == "PERMISSION_DENIED"


def test_others_are_created(backend):
    assert backend.ask("accounts_before_sign_up", "beforeCreate", "ann") == {}


def test_until_the_terms_are_accepted_nothing_is_done_but_leaving(call, accept):
    status, reason = refusal(lambda: call("assessments_list", {}, uid="ann", termsVersion=None))
    old = refusal(lambda: call("assessments_list", {}, uid="ann", termsVersion="2025-01-01"))
    call("accounts_list_sessions", {}, uid="ann", termsVersion=None)
    export = refusal(lambda: call("privacy_get_export", {}, uid="ann", termsVersion=None))
    assert export[0] == "NOT_FOUND"  # she has asked for none yet

    assert (status, reason) == old == ("FAILED_PRECONDITION", "terms")
    accept("1990-05-01")
    claims = auth.get_user("ann").custom_claims
    assert claims == {"termsVersion": TERMS}
    assert call("assessments_list", {}, uid="ann", **claims)["items"] == []


def test_the_birth_date_is_asked_once_and_not_kept(accept, admin):
    assert refusal(accept) == ("FAILED_PRECONDITION", "birth_date")
    accept("1987-03-14")
    accepted = accounts.get("ann")
    accept()

    assert accepted.of_age_since is not None
    assert accounts.get("ann").of_age_since == accepted.of_age_since
    stored = repr(export())
    assert "1987-03" not in stored
    assert "1987, 3" not in stored


@pytest.mark.parametrize(
    ("birth_date", "old_enough"),
    [
        ("2009-01-15", True),
        ("2009-01-16", False),
        ("2010-01-01", False),
        ("2008-02-29", True),
        ("2027-01-16", False),
    ],
)
def test_people_under_eighteen_lose_the_account(call, accept, set_clock, birth_date, old_enough):
    set_clock(NOW)
    call("accounts_list_sessions", {}, uid="ann")
    if old_enough:
        accept(birth_date)
        assert auth.get_user("ann")
    else:
        assert refusal(lambda: accept(birth_date)) == ("FAILED_PRECONDITION", "age")
        assert accounts.get("ann") is None
        with pytest.raises(auth.UserNotFoundError):
            auth.get_user("ann")


def test_who_is_of_age_does_not_lose_the_account_by_a_slip(accept):
    accept("1990-05-01")
    accept("2020-01-01")

    assert auth.get_user("ann")


def test_another_version_is_refused_by_name(accept):
    with pytest.raises(CallError) as error:
        accept("1990-05-01", version="2020-01-01")

    assert error.value.fields == ["termsVersion"]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({}, id="no token"),
        pytest.param({"jwt": 7}, id="a number"),
        pytest.param({"jwt": "x.y.z"}, id="no JWT"),
        pytest.param(None, id="null"),
    ],
)
def test_only_events_of_firebase_auth_are_taken(backend, data):
    for name in ("accounts_before_sign_in", "accounts_before_sign_up"):
        answer = backend.request(name, json={"data": data})
        assert answer.status_code in {400, 401}


def test_an_event_of_another_kind_or_project_is_refused(backend):
    wrong = (
        ("beforeCreate", {}),
        ("beforeSignIn", {"iss": "https://securetoken.google.com/other"}),
        ("beforeSignIn", {"user_record": {"uid": 7}}),
    )
    for event_type, event in wrong:
        with pytest.raises(CallError) as error:
            backend.ask("accounts_before_sign_in", event_type, "ann", **event)
        assert error.value.http_status in {400, 401}
