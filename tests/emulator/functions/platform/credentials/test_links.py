"""Links and changes of address and password: they work once, for whom they are, and say nothing."""

import contextlib
import json
import os
import re
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import requests
from firebase_admin import auth

from app.kit import limits
from tests.emulator.functions.recovery.ledger.wire import tapped
from tests.support.errors import CallError
from tests.support.export import export
from tests.support.firestore_proxy import proxied
from tests.support.patience import SOON_SECONDS

EMAIL, NEW_EMAIL, STRANGERS = "ann@example.org", "ann@new.example", "nobody@example.org"
OTHER = "other@example.org"
ADDRESSES = (EMAIL, NEW_EMAIL, OTHER)
OLD, NEW, NEWER = "old kitchen lamp", "a new kitchen lamp", "a newer kitchen lamp"
STALE = "token: is not valid any more. Ask for a new link."


class Killed(BaseException):
    """The process ends here."""


class Ann:
    """Somebody with an account, a mailbox, and the backend."""

    def __init__(self, backend, inbox, admin):
        self.backend, self.inbox, self.admin = backend, inbox, admin
        self.uid = auth.create_user(email=EMAIL, password=OLD).uid
        auth.update_user(self.uid, valid_since=int(time.time()) - 3600)

    def call(self, name, *, signed_in=True, key=None, **data):
        limits.buckets.forget()
        request = {"idempotencyKey": key or str(uuid4()), **data}
        return self.backend.call(name, request, uid=self.uid if signed_in else None)

    def mails(self):
        """Let everything that waits happen; return new mails, the oldest first."""
        for collection, trigger in (
            ("reset_requests", "credentials_on_reset_requested"),
            ("outbox", "mail_on_queued"),
        ):
            for document in self.admin.collection(collection).list_documents():
                self.backend.deliver(trigger, document.id)
        self.backend.run_tasks()
        received = self.inbox.calls()
        self.inbox.reset()
        return received

    def token(self, subject):
        (mail,) = [mail for mail in self.mails() if mail["subject"] == subject]
        return re.search(r"#token=([\w-]{43})\n", mail["text"])[1]

    def reset_token(self):
        self.call("credentials_request_password_reset", signed_in=False, email=EMAIL, locale="en")
        return self.token("Reset your password")

    def verification_token(self):
        self.call("credentials_request_verification", locale="en")
        return self.token("Confirm your e-mail address")

    def change_token(self, new_email=NEW_EMAIL):
        self.call("credentials_request_email_change", newEmail=new_email, locale="en")
        return self.token("Confirm your new e-mail address")

    def reset(self, token, password=NEW, **more):
        return self.call(
            "credentials_reset_password", signed_in=False, token=token, newPassword=password, **more
        )

    def earlier_session_works(self):
        """Whether who signed in a while ago is let in, where that is asked of Firebase."""
        limits.buckets.forget()
        begun = int(time.time()) - 5
        try:
            self.backend.call(
                "assessments_get_result",
                {"assessmentId": "a"},
                uid=self.uid,
                iat=begun,
                auth_time=begun,
            )
        except CallError as error:
            return error.status == "NOT_FOUND"

    def account(self):
        return auth.get_user(self.uid)

    def audited(self):
        found = [entry.to_dict() for entry in self.admin.collection("audit_entries").get()]
        return [entry["action"] for entry in found if not entry["touched"]]


@pytest.fixture
def ann(backend, inbox, admin):
    clear_accounts()
    yield Ann(backend, inbox, admin)
    clear_accounts()


def clear_accounts():
    """Delete whoever these tests made, and nobody else."""
    users = [user.uid for user in auth.list_users().iterate_all() if user.email in ADDRESSES]
    auth.delete_users(users)


def identity(method, **body):
    host = os.environ["FIREBASE_AUTH_EMULATOR_HOST"]
    url = f"http://{host}/identitytoolkit.googleapis.com/v1/accounts:{method}?key=any"
    return requests.post(url, json={"returnSecureToken": True, **body}, timeout=SOON_SECONDS)


def can_sign_in(password, email=EMAIL):
    return identity("signInWithPassword", email=email, password=password).ok


def refusal(function, *args, **data):
    with pytest.raises(CallError) as refused:
        function(*args, **data)
    return refused.value.status, refused.value.message


def stale(function, *args, **data):
    return refusal(function, *args, **data) == ("INVALID_ARGUMENT", STALE)


# Reset


def test_a_link_sets_a_new_password_ends_all_sessions_and_proves_the_address(ann):
    token = ann.reset_token()
    assert ann.earlier_session_works()
    assert ann.reset(token) == {}

    assert can_sign_in(NEW)
    assert not can_sign_in(OLD)
    assert ann.account().email_verified
    assert not ann.earlier_session_works()
    assert [mail["subject"] for mail in ann.mails()] == ["Your password is being changed"]
    assert "reset_password" in ann.audited()


def test_a_link_works_once(ann):
    token = ann.reset_token()
    ann.reset(token)

    assert stale(ann.reset, token, NEWER)
    assert can_sign_in(NEW)


def test_the_same_call_again_is_answered_the_same_and_changes_nothing(ann):
    token, key = ann.reset_token(), str(uuid4())
    assert ann.reset(token, key=key) == ann.reset(token, key=key) == {}
    auth.update_user(ann.uid, password=NEWER)
    assert ann.reset(token, key=key) == {}

    assert can_sign_in(NEWER)


def test_a_used_link_voids_all_others(ann):
    first, second = ann.reset_token(), ann.reset_token()
    verification = ann.verification_token()
    ann.reset(second)

    assert stale(ann.reset, first, NEWER)
    auth.update_user(ann.uid, email_verified=False)
    assert stale(ann.call, "credentials_confirm_verification", token=verification)


def test_every_link_that_is_not_good_is_refused_alike(ann, set_clock):
    used, expired, elsewhere = ann.reset_token(), ann.reset_token(), ann.verification_token()
    change = ann.change_token()
    answers = {refusal(ann.reset, token) for token in ("A" * 43, elsewhere, change)}
    set_clock(datetime.now(UTC) + timedelta(hours=1, seconds=1))
    answers.add(refusal(ann.reset, expired))
    set_clock(datetime.now(UTC))
    ann.reset(used)
    answers.add(refusal(ann.reset, used))

    assert answers == {("INVALID_ARGUMENT", STALE)}


def test_a_link_lasts_to_its_last_moment(ann, set_clock):
    token = ann.reset_token()
    issued = next(iter(ann.admin.collection("account_links").get())).get("issuedAt")
    set_clock(issued + timedelta(hours=1) - timedelta(milliseconds=1))

    assert ann.reset(token) == {}


@pytest.mark.parametrize(
    "event",
    [
        {"email": NEW_EMAIL},
        {"disabled": True},
        {"password": "changed elsewhere"},
    ],
)
def test_a_link_is_void_once_the_account_is_another(ann, event, set_clock):
    token = ann.reset_token()
    if "password" in event:  # Firebase dates the change to the second
        (link,) = ann.admin.collection("account_links").get()
        link.reference.update({"issuedAt": link.get("issuedAt") - timedelta(seconds=2)})
    auth.update_user(ann.uid, **event)

    assert stale(ann.reset, token)
    auth.update_user(ann.uid, disabled=False)


def test_a_link_is_void_once_the_account_is_gone(ann):
    token = ann.reset_token()
    auth.delete_user(ann.uid)

    assert stale(ann.reset, token)


@pytest.mark.parametrize("password", ["Password1!", "qwerty123", "aaaaaaaa"])
def test_a_password_that_everybody_guesses_is_refused_by_name_and_the_link_stays(ann, password):
    token = ann.reset_token()
    with pytest.raises(CallError) as refused:
        ann.reset(token, password)

    assert [problem["field"] for problem in refused.value.details] == ["newPassword"]
    assert ann.reset(token) == {}


def test_neither_database_holds_a_token_an_address_or_a_password(ann):
    tokens = [ann.reset_token(), ann.verification_token(), ann.change_token()]
    ann.call("credentials_request_password_reset", signed_in=False, email=EMAIL, locale="en")
    waiting = export()
    ann.reset(tokens[0])

    for seen in (waiting, export()):
        text = str(seen)
        for secret in (*tokens, EMAIL, NEW_EMAIL, NEW, "kitchen"):
            assert secret not in text


def test_an_unknown_address_is_answered_alike_by_the_same_calls_and_gets_nothing(ann):
    answers, calls = [], []
    for email in (EMAIL, STRANGERS):
        ann.call("credentials_request_password_reset", signed_in=False, email=email, locale="en")
        ann.mails()  # warm
        with proxied() as proxy:
            answer = ann.call(
                "credentials_request_password_reset", signed_in=False, email=email, locale="en"
            )
            answers.append(answer)
            calls.append(proxy.counts())
        assert len(ann.mails()) == (email == EMAIL)

    assert answers == [{}, {}]
    assert calls[0] == calls[1]
    assert not list(ann.admin.collection("reset_requests").list_documents())


def test_a_call_for_a_link_does_not_ask_whether_there_is_an_account(ann, monkeypatch):
    def asked(*_):
        raise AssertionError("The call looked the account up.")

    monkeypatch.setattr(auth, "get_user_by_email", asked)
    ann.call("credentials_request_password_reset", signed_in=False, email=EMAIL, locale="en")


@pytest.mark.parametrize("email", [EMAIL, STRANGERS])
def test_too_many_links_to_one_address_are_refused_known_or_not_from_anywhere(ann, email):
    for _ in range(5):
        ann.call("credentials_request_password_reset", signed_in=False, email=email, locale="en")

    status, _ = refusal(
        ann.call, "credentials_request_password_reset", signed_in=False, email=email, locale="en"
    )
    assert status == "RESOURCE_EXHAUSTED"
    ann.call("credentials_request_password_reset", signed_in=False, email="b@c.org", locale="en")


def test_a_request_that_was_asked_for_again_leads_to_one_link(ann):
    key = str(uuid4())
    for _ in range(2):
        ann.call(
            "credentials_request_password_reset", signed_in=False, key=key, email=EMAIL, locale="en"
        )
    assert len(ann.mails()) == 1
    status, _ = refusal(
        ann.call,
        "credentials_request_password_reset",
        signed_in=False,
        key=key,
        email=STRANGERS,
        locale="en",
    )
    assert status == "INVALID_ARGUMENT"


def test_a_request_whose_trigger_was_lost_is_swept_up(ann, set_clock):
    ann.call("credentials_request_password_reset", signed_in=False, email=EMAIL, locale="es")
    ann.backend.tick("credentials_sweep_reset_requests")
    assert len(list(ann.admin.collection("outbox").list_documents())) == 0  # it may still come
    set_clock(datetime.now(UTC) + timedelta(minutes=6))
    ann.backend.tick("credentials_sweep_reset_requests")

    assert [mail["subject"] for mail in ann.mails()] == ["Restablezca su contraseña"]


def test_a_reset_of_an_unproved_address_unlinks_what_others_linked_before(ann):
    link_google(ann.uid, "attacker@gmail.com")
    ann.reset(ann.reset_token())

    assert [p.provider_id for p in ann.account().provider_data] == ["password"]


def link_google(uid, email):
    token = identity("signInWithPassword", email=EMAIL, password=OLD).json()["idToken"]
    reply = identity("signInWithIdp", idToken=token, **google(email))
    assert reply.ok, reply.text


def google(email, sub=None, *, verified=True):
    claims = {"sub": sub or email, "email": email, "email_verified": verified}
    body = f"id_token={json.dumps(claims)}&providerId=google.com"
    return {"postBody": body, "requestUri": "http://localhost", "returnIdpCredential": True}


def test_of_two_resets_at_once_one_sets_its_password_and_the_other_is_refused(ann):
    tokens = {NEW: ann.reset_token(), NEWER: ann.reset_token()}
    both, answers = threading.Barrier(2), {}

    def reset(password):
        try:
            answers[password] = ann.reset(tokens[password], password)
        except CallError as error:
            answers[password] = error.status

    met = threading.local()

    def around(method, send):
        if method == "commit" and not getattr(met, "once", False):
            met.once = True
            both.wait(SOON_SECONDS)
        return send()

    with tapped(around):
        threads = [threading.Thread(target=reset, args=(password,)) for password in tokens]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SOON_SECONDS)

    (winner,) = [password for password, answer in answers.items() if answer == {}]
    (loser,) = set(tokens) - {winner}
    assert answers[loser] in {"INVALID_ARGUMENT", "ABORTED"}
    assert can_sign_in(winner)
    assert not can_sign_in(loser)


def test_killed_at_any_moment_a_reset_can_be_made_again_and_is_told(ann):
    """The process dies before each call to the database; the client sends the same call again."""
    deaths = 0
    for fatal in range(20):
        for count in ann.admin.collection("rate_limits").list_documents():
            count.delete()
        token, key = ann.reset_token(), str(uuid4())
        ann.inbox.reset()
        made = 0

        def around(_method, send, *, fatal=fatal):
            nonlocal made
            made += 1
            if made - 1 == fatal:
                raise Killed
            return send()

        finished = False
        with contextlib.suppress(Killed), tapped(around):
            ann.reset(token, f"{NEW} {fatal}", key=key)
            finished = True
        assert ann.reset(token, f"{NEW} {fatal}", key=key) == {}

        assert can_sign_in(f"{NEW} {fatal}")
        assert [mail["subject"] for mail in ann.mails()] == ["Your password is being changed"]
        assert stale(ann.reset, token)
        if finished:
            break
        deaths += 1

    assert finished
    assert deaths >= 5


# Verification


def test_a_link_proves_the_address(ann):
    assert ann.call("credentials_confirm_verification", token=ann.verification_token()) == {}

    assert ann.account().email_verified
    assert can_sign_in(OLD)
    assert "verify_email" in ann.audited()
    assert refusal(ann.call, "credentials_request_verification", locale="en")[0] == (
        "FAILED_PRECONDITION"
    )


def test_nobody_proves_the_address_of_an_account_that_is_not_theirs(ann):
    """Somebody registers another's address and has the link sent there: opening it does nothing."""
    token = ann.verification_token()
    owner_of_the_mailbox = auth.create_user(email=OTHER).uid

    with pytest.raises(CallError) as refused:
        ann.backend.call(
            "credentials_confirm_verification",
            {"idempotencyKey": str(uuid4()), "token": token},
            uid=owner_of_the_mailbox,
        )
    assert refused.value.message == STALE
    assert refusal(ann.call, "credentials_confirm_verification", signed_in=False, token=token)[
        0
    ] == ("UNAUTHENTICATED")
    assert not ann.account().email_verified


def test_a_link_to_prove_an_address_works_once_for_a_day(ann, set_clock):
    late, token = ann.verification_token(), ann.verification_token()
    ann.call("credentials_confirm_verification", token=token)
    auth.update_user(ann.uid, email_verified=False)
    assert stale(ann.call, "credentials_confirm_verification", token=token)
    set_clock(datetime.now(UTC) + timedelta(hours=24))
    assert stale(ann.call, "credentials_confirm_verification", token=late)


# Change of password


def test_a_changed_password_ends_sessions_voids_links_and_is_told(ann):
    token = ann.reset_token()
    ann.call("credentials_change_password", newPassword=NEW, locale="es")

    assert can_sign_in(NEW)
    assert not can_sign_in(OLD)
    assert not ann.earlier_session_works()
    assert [mail["subject"] for mail in ann.mails()] == ["Se está cambiando su contraseña"]
    assert stale(ann.reset, token)
    assert "change_password" in ann.audited()
    assert not ann.account().email_verified


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("credentials_change_password", {"newPassword": NEW, "locale": "en"}),
        ("credentials_request_email_change", {"newEmail": NEW_EMAIL, "locale": "en"}),
    ],
)
def test_who_signed_in_longer_ago_signs_in_again(ann, name, data):
    at = int(datetime.now(UTC).timestamp()) - 301
    with pytest.raises(CallError) as refused:
        ann.backend.call(name, {"idempotencyKey": str(uuid4()), **data}, uid=ann.uid, auth_time=at)

    assert (refused.value.status, refused.value.details) == (
        "PERMISSION_DENIED",
        {"reason": "recent_sign_in"},
    )
    assert can_sign_in(OLD)


# Change of address


def test_a_new_address_counts_once_it_is_proved_there_and_the_old_one_is_told(ann):
    ann.call("credentials_request_email_change", newEmail=NEW_EMAIL, locale="en")
    told = {mail["to"][0]: mail for mail in ann.mails()}
    assert set(told) == {EMAIL, NEW_EMAIL}
    assert told[EMAIL]["subject"] == "A change of your e-mail address was asked for"
    assert "#token" not in told[EMAIL]["text"]
    assert ann.account().email == EMAIL
    reset = ann.reset_token()
    token = re.search(r"#token=([\w-]{43})", told[NEW_EMAIL]["text"])[1]
    ann.call("credentials_confirm_email_change", token=token)

    assert (ann.account().email, ann.account().email_verified) == (NEW_EMAIL, True)
    assert not ann.earlier_session_works()
    assert [(m["to"], m["subject"]) for m in ann.mails()] == [
        ([EMAIL], "Your e-mail address was changed")
    ]
    assert stale(ann.reset, reset)
    assert stale(ann.call, "credentials_confirm_email_change", token=token)
    assert "change_email" in ann.audited()


def test_an_address_that_is_taken_is_not_told_until_its_mailbox_is_proved(ann):
    auth.create_user(email=NEW_EMAIL)
    token = ann.change_token()
    status, message = refusal(ann.call, "credentials_confirm_email_change", token=token)

    assert (status, message) == ("FAILED_PRECONDITION", "This e-mail address cannot be used.")
    assert ann.account().email == EMAIL


def test_a_link_to_another_address_is_of_no_use_to_anybody_else(ann):
    token = ann.change_token()
    other = auth.create_user(email=OTHER).uid
    with pytest.raises(CallError) as refused:
        ann.backend.call(
            "credentials_confirm_email_change",
            {"idempotencyKey": str(uuid4()), "token": token},
            uid=other,
        )

    assert refused.value.message == STALE
    assert auth.get_user(other).email == OTHER


def test_a_provider_of_the_old_address_is_unlinked_with_it(ann):
    link_google(ann.uid, EMAIL)
    ann.call("credentials_confirm_email_change", token=ann.change_token())

    assert [p.provider_id for p in ann.account().provider_data] == ["password"]


def test_too_many_mails_to_one_address_of_somebody_else_are_refused(ann):
    limits_of_ann = [
        ann.call("credentials_request_email_change", newEmail=NEW_EMAIL, locale="en")
        for _ in range(5)
    ]

    assert limits_of_ann == [{}] * 5
    other = auth.create_user(email=OTHER).uid
    with pytest.raises(CallError) as refused:
        ann.backend.call(
            "credentials_request_email_change",
            {"idempotencyKey": str(uuid4()), "newEmail": NEW_EMAIL.upper(), "locale": "en"},
            uid=other,
        )
    assert refused.value.status == "RESOURCE_EXHAUSTED"


# Providers


def test_an_account_made_beforehand_with_anothers_address_opens_for_its_maker_no_more(ann):
    """Somebody registers the victim's address; the victim then signs in with Google."""
    assert ann.earlier_session_works()
    reply = identity("signInWithIdp", **google(EMAIL)).json()

    assert reply["localId"] == ann.uid
    assert not can_sign_in(OLD)
    assert not ann.earlier_session_works()


def test_a_provider_that_vouches_for_no_address_gets_into_no_account(ann):
    reply = identity("signInWithIdp", **google(EMAIL, "mallory", verified=False)).json()

    assert reply.get("needConfirmation")
    assert "idToken" not in reply
    assert can_sign_in(OLD)
