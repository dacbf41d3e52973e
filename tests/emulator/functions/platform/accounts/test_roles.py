"""Who gives and takes roles, and when Firebase Auth knows of it."""

import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from firebase_admin import auth

from app.kit import firestore
from app.platform.accounts import gateway
from app.platform.accounts.models import Account
from app.platform.accounts.store import accounts
from app.platform.audit.store import entries
from tests.support.errors import CallError
from tests.support.tokens import staff

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def people(backend):
    """Ann, Eve and Flo are admins; Bob is nobody yet, with an address that he verified."""
    for uid in ("ann", "eve", "flo"):
        firestore.commit(accounts.put(uid, Account(roles=frozenset({"admin"}))))
        auth.create_user(uid=uid, email=f"{uid}@example.org", email_verified=True)
        auth.set_custom_user_claims(uid, {"roles": ["admin"]})
    auth.create_user(uid="bob", email="bob@example.org", email_verified=True)


@pytest.fixture
def change(call):
    """Change a role of Bob as an admin."""

    def change(role, *, held=True, by="ann", person="bob", key=None, **claims):
        data = {"person": person, "role": role, "held": held}
        data["idempotencyKey"] = key or str(uuid4())
        return call("accounts_change_role", data, uid=by, **(staff("admin") | claims))

    return change


@pytest.fixture
def approve(call):
    """Approve a change as an admin."""

    def approve(change, *, by):
        data = {"changeId": change["changeId"], "idempotencyKey": str(uuid4())}
        return call("accounts_approve_role_change", data, uid=by, **staff("admin"))

    return approve


def claims(uid="bob"):
    return (auth.get_user(uid).custom_claims or {}).get("roles", [])


def held(uid="bob"):
    account = accounts.get(uid)
    return set() if account is None else account.roles


def refusal(action):
    with pytest.raises(CallError) as error:
        action()
    return error.value.status


def told():
    """Return what the audit log says was done with roles."""
    found = sorted((seen.value for seen in entries.find(limit=50)), key=lambda e: e.at)
    return [
        (e.actor, e.action, e.subject, e.touched[0].fields[0])
        for e in found
        if e.action.endswith("_role")
    ]


def test_an_admin_gives_and_takes_a_role_alone(change):
    given = change("coach")
    after = held(), claims()
    change("coach", held=False)

    assert (given["status"], given["approvedBy"]) == ("applied", None)
    assert after == ({"coach"}, ["coach"])
    assert (held(), claims()) == (set(), [])
    assert told() == [
        ("ann", "give_role", "bob", "roles.coach"),
        ("ann", "take_role", "bob", "roles.coach"),
    ]


def test_the_role_of_admin_is_given_by_two(change, approve):
    proposed = change("admin")
    between = held(), claims()
    applied = approve(proposed, by="eve")

    assert proposed["status"] == "proposed"
    assert between == (set(), [])
    assert (applied["status"], applied["proposedBy"], applied["approvedBy"]) == (
        "applied",
        "ann",
        "eve",
    )
    assert (held(), claims()) == ({"admin"}, ["admin"])
    assert [entry[:2] for entry in told()] == [("ann", "propose_role"), ("eve", "give_role")]


def test_the_role_of_admin_is_taken_by_two_of_whom_none_is_the_person(change, approve):
    proposed = change("admin", held=False, person="flo")

    assert refusal(lambda: approve(proposed, by="flo")) == "PERMISSION_DENIED"
    assert refusal(lambda: approve(proposed, by="ann")) == "PERMISSION_DENIED"
    assert held("flo") == {"admin"}
    approve(proposed, by="eve")
    assert (held("flo"), claims("flo")) == (set(), [])


def test_nobody_changes_their_own_roles(change):
    for role in ("coach", "admin"):
        assert refusal(lambda: change(role, person="ann")) == "PERMISSION_DENIED"  # noqa: B023
    assert refusal(lambda: change("admin", held=False, person="ann")) == "PERMISSION_DENIED"


def test_a_token_that_says_admin_is_not_enough_without_the_document(change, approve):
    proposed = change("admin")
    firestore.commit(accounts.put("ann", Account()))

    assert refusal(lambda: change("coach")) == "PERMISSION_DENIED"
    assert refusal(lambda: approve(proposed, by="eve")) == "PERMISSION_DENIED"  # Ann proposed it
    assert refusal(lambda: approve(proposed, by="bob")) == "PERMISSION_DENIED"
    assert held() == set()


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"roles": ["support", "finance", "reviewer"]}, id="another staff role"),
        pytest.param({"firebase": {"sign_in_second_factor": None}}, id="no second factor"),
        pytest.param({"auth_time": 1_700_000_000}, id="a sign-in long ago"),
    ],
)
def test_staff_functions_ask_for_role_second_factor_and_recent_sign_in(change, claims):
    assert refusal(lambda: change("coach", **claims)) == "PERMISSION_DENIED"
    assert held() == set()


def test_an_unknown_person_is_not_found(change):
    assert refusal(lambda: change("coach", person="nobody")) == "NOT_FOUND"


def test_staff_are_people_whose_address_is_verified(change):
    auth.create_user(uid="cal", email="cal@example.org")

    for role in ("support", "admin"):
        assert refusal(lambda: change(role, person="cal")) == "FAILED_PRECONDITION"  # noqa: B023
    assert change("coach", person="cal")["status"] == "applied"


def test_what_is_so_already_is_refused(change):
    change("coach")

    assert refusal(lambda: change("coach")) == "FAILED_PRECONDITION"
    assert refusal(lambda: change("vendor", held=False)) == "FAILED_PRECONDITION"


def test_a_proposal_is_approved_once_and_within_seven_days(change, approve, set_clock):
    set_clock(NOW)
    late, proposed = change("admin"), change("admin")
    approve(proposed, by="eve")
    assert refusal(lambda: approve(proposed, by="flo")) == "FAILED_PRECONDITION"
    assert refusal(lambda: approve(late, by="flo")) == "FAILED_PRECONDITION"  # it is so already

    again = change("admin", held=False)
    set_clock(NOW + timedelta(days=7))
    assert refusal(lambda: approve(again, by="eve")) == "FAILED_PRECONDITION"
    set_clock(NOW + timedelta(days=7, seconds=-1))
    approve(again, by="eve")
    assert held() == set()


def test_the_same_call_again_changes_nothing(change):
    key = str(uuid4())

    assert change("coach", key=key) == change("coach", key=key)
    assert len(told()) == 1


def test_who_loses_a_role_of_staff_is_signed_out_at_once(call, change):
    change("support")
    token = {"iat": int(time.time())}
    call("accounts_list_sessions", {}, uid="bob", **token)
    change("support", held=False)

    refused = refusal(lambda: call("accounts_list_sessions", {}, uid="bob", **token))
    assert refused == "UNAUTHENTICATED"


def test_who_loses_another_role_stays_signed_in(call, change):
    change("coach")
    token = {"iat": int(time.time())}
    change("coach", held=False)

    call("accounts_list_sessions", {}, uid="bob", **token)


def test_what_firebase_auth_was_not_told_a_sweep_tells_it(change, backend, monkeypatch, set_clock):
    set_clock(NOW)
    change("support")
    with monkeypatch.context() as crash:
        crash.setattr(gateway, "settle", lambda *_: 1 / 0)
        assert refusal(lambda: change("support", held=False)) == "INTERNAL"
    assert (held(), claims()) == (set(), ["support"])

    set_clock(NOW + timedelta(minutes=4))
    backend.tick("accounts_sweep_unsettled")
    assert claims() == ["support"]  # somebody may still be at it
    set_clock(NOW + timedelta(minutes=6))
    backend.tick("accounts_sweep_unsettled")
    assert claims() == []
    assert accounts.get("bob").unsettled_since is None
    assert auth.get_user("bob").tokens_valid_after_timestamp >= NOW.timestamp() * 1000


def test_the_same_call_after_a_crash_tells_firebase_auth(change, monkeypatch):
    key = str(uuid4())
    with monkeypatch.context() as crash:
        crash.setattr(gateway, "settle", lambda *_: 1 / 0)
        refusal(lambda: change("coach", key=key))

    change("coach", key=key)
    assert claims() == ["coach"]


def test_of_two_changes_at_once_the_slower_does_not_undo_the_faster(change, monkeypatch):
    tell, slow = gateway.settle, []

    def overtaken(uid, claims, sessions_from):
        if not slow:
            slow.append(uid)
            change("vendor", by="eve")  # happens and is told while the first is on its way
        tell(uid, claims, sessions_from)

    monkeypatch.setattr(gateway, "settle", overtaken)
    change("coach")

    assert claims() == ["coach", "vendor"]


def test_a_sweep_that_was_overtaken_leaves_the_rest_to_the_next(
    change, backend, monkeypatch, set_clock
):
    set_clock(NOW)
    change("coach")
    set_clock(NOW + timedelta(minutes=6))
    tell, slow = gateway.settle, []

    def overtaken(uid, claims, sessions_from):
        if not slow:
            slow.append(uid)
            change("vendor")
        tell(uid, claims, sessions_from)

    monkeypatch.setattr(gateway, "settle", overtaken)
    backend.tick("accounts_sweep_unsettled")
    assert accounts.get("bob").unsettled_since == NOW + timedelta(minutes=6)

    set_clock(NOW + timedelta(minutes=12))
    backend.tick("accounts_sweep_unsettled")
    assert claims() == ["coach", "vendor"]
    assert accounts.get("bob").unsettled_since is None


def test_a_sweep_does_not_bring_back_sessions_that_ended_later(change, backend, set_clock):
    change("support")
    change("support", held=False)
    later = int(datetime.now(UTC).timestamp()) + 500
    auth.update_user("bob", valid_since=later)
    set_clock(datetime.now(UTC) + timedelta(minutes=6))
    backend.tick("accounts_sweep_unsettled")

    assert auth.get_user("bob").tokens_valid_after_timestamp == later * 1000


def test_admins_list_changes_newest_first(call, change, set_clock):
    for minute, role in enumerate(("coach", "vendor", "admin")):
        set_clock(NOW + timedelta(minutes=minute))
        change(role)
    first = call("accounts_list_role_changes", {"limit": 2}, uid="eve", **staff("admin"))
    rest = call(
        "accounts_list_role_changes", {"cursor": first["nextCursor"]}, uid="eve", **staff("admin")
    )

    assert [item["role"] for item in first["items"] + rest["items"]] == ["admin", "vendor", "coach"]
    assert rest["nextCursor"] is None
    assert refusal(lambda: call("accounts_list_role_changes", {}, uid="bob")) == "PERMISSION_DENIED"
