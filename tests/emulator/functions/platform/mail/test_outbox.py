"""Mails leave the outbox once, whatever fails and whoever dies on the way."""

import contextlib
import threading
from datetime import UTC, datetime, timedelta

import pytest
from firebase_admin import auth
from google.api_core.exceptions import DeadlineExceeded
from google.cloud.firestore import Client

from app.kit import clock, firestore, ids
from app.platform.mail import mailing
from app.platform.mail.gateway import smtp
from app.platform.mail.models import Locale, Secrets, Template
from app.platform.records import vault
from tests.emulator.functions.recovery.ledger.wire import tapped
from tests.support.errors import CallError
from tests.support.export import export
from tests.support.patience import SOON_SECONDS

UID = "somebody-with-mail"
ADDRESS = "ann@example.org"
TOKEN = "TokenInTheMailAlone"  # noqa: S105  # a marker
WORKER = "mailSendTask"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def post(backend, inbox, admin, set_clock):
    """Ann, and what happens to her mail."""
    with contextlib.suppress(auth.UserNotFoundError):
        auth.delete_user(UID)
    auth.create_user(uid=UID, email=ADDRESS)
    yield Post(backend, inbox, admin, set_clock)
    auth.delete_user(UID)


class Post:
    def __init__(self, backend, inbox, admin, set_clock):
        self.backend, self.inbox, self.admin = backend, inbox, admin
        self.now = datetime.now(UTC)
        self._set_clock = set_clock
        self.wait(seconds=0)

    def wait(self, **time):
        self.now += timedelta(**time)
        self._set_clock(self.now)

    def queue(self, template=Template.RESET_PASSWORD, secrets=None, **more):
        mail_id = ids.new()
        secrets = secrets or Secrets(token=TOKEN)
        writes = mailing.queued(
            mail_id, UID, template, Locale.EN, clock.now(), secrets=secrets, **more
        )
        firestore.commit(*writes)
        return mail_id

    def send(self, mail_id, times=1):
        """Run the task, as often as the queue does while it fails."""
        for _ in range(times):
            with contextlib.suppress(CallError):
                return self.backend.task(WORKER, {"mailId": mail_id})
        return None

    def sweep(self):
        """Let the sweep run until nothing waits for it."""
        for _ in range(4):
            self.wait(minutes=6)
            self.backend.tick("mail_sweep_outbox")
            while waiting := self.backend.queues.take():
                for task in waiting:
                    with contextlib.suppress(CallError):
                        self.backend.task(task.function, task.data)

    def stored(self, mail_id):
        return self.admin.document(f"outbox/{mail_id}").get().to_dict()

    def state(self, mail_id):
        found = self.stored(mail_id)
        return found["state"], found["reason"]

    @property
    def received(self):
        return self.inbox.calls()

    @property
    def dead_letters(self):
        found = self.admin.collection("dead_letters").get()
        return [(d.get("function"), d.get("payload"), d.get("errorType")) for d in found]


def test_a_queued_mail_is_sent_to_the_address_that_the_account_has_then(post):
    mail_id = post.queue()
    auth.update_user(UID, email="new@example.org")

    post.backend.deliver("mail_on_queued", mail_id)
    assert post.backend.run_tasks() == 1

    (mail,) = post.received
    assert mail["to"] == ["new@example.org"]
    assert mail["subject"] == "Reset your password"
    assert f"#token={TOKEN}" in mail["text"]
    assert f"Message-ID: <{mail_id}@" in mail["raw"]
    assert post.state(mail_id) == ("sent", None)


def test_neither_database_holds_address_or_token_and_what_is_sealed_goes_with_the_mail(post):
    secrets = Secrets(token=TOKEN, address="other@example.org")
    mail_id = post.queue(secrets=secrets)
    assert set(post.stored(mail_id)["sealed"]) == {"address", "token"}
    before = export()
    post.send(mail_id)

    for seen in (before, export()):
        assert not any(text in str(seen) for text in (TOKEN, ADDRESS, "other@example.org"))
    assert post.received[0]["to"] == ["other@example.org"]
    assert post.stored(mail_id)["sealed"] == {}


def test_a_mail_is_sent_in_its_language_with_its_parameters(post):
    mail_id = ids.new()
    writes = mailing.queued(
        mail_id, UID, Template.PASSWORD_CHANGED, Locale.ES, post.now, parameters={"at": "26-11"}
    )
    firestore.commit(*writes)
    post.send(mail_id)

    (mail,) = post.received
    assert mail["subject"] == "Se está cambiando su contraseña"
    assert "El 26-11 se eligió" in mail["text"]


def test_a_task_that_comes_again_sends_nothing(post):
    mail_id = post.queue()
    for _ in range(3):
        post.backend.task(WORKER, {"mailId": mail_id})
    post.sweep()

    assert len(post.received) == 1


def test_of_two_workers_at_once_one_sends(post):
    mail_id = post.queue()
    both = threading.Barrier(2)
    met = threading.local()

    def around(method, send):
        # Both have read the mail as queued before either goes on.
        if method == "batch_get_documents" and not getattr(met, "once", False):
            met.once = True
            answer = list(send())
            both.wait(SOON_SECONDS)
            return iter(answer)
        return send()

    with tapped(around):
        workers = [threading.Thread(target=post.send, args=(mail_id,)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(SOON_SECONDS)

    assert len(post.received) == 1
    assert post.state(mail_id) == ("sent", None)


@pytest.mark.parametrize(
    "fault",
    [
        {"reject": "451 4.3.0 Try again later", "at": "RCPT"},
        {"reject": "451 4.3.0 Try again later"},
        {"drop": True, "at": "RCPT"},
    ],
)
def test_what_the_server_does_not_take_now_is_sent_later_once(post, fault):
    mail_id = post.queue()
    post.inbox.inject(fault | {"times": 2})

    with pytest.raises(CallError) as refused:
        post.backend.task(WORKER, {"mailId": mail_id})
    assert refused.value.status == "UNAVAILABLE"
    assert post.state(mail_id) == ("queued", None)
    post.send(mail_id, times=3)

    assert len(post.received) == 1
    assert post.state(mail_id) == ("sent", None)
    assert post.dead_letters == []


def test_a_mail_refused_for_good_is_not_tried_again_and_staff_see_it(post):
    mail_id = post.queue()
    post.inbox.inject({"reject": "550 5.1.1 No such user", "at": "RCPT"})
    post.send(mail_id)
    post.sweep()

    assert post.received == []
    assert post.state(mail_id) == ("failed", "rejected")
    assert post.dead_letters == [(WORKER, {"mailId": mail_id}, "RejectedError")]


@pytest.mark.parametrize(("keep", "received"), [(True, 1), (False, 0)])
def test_a_mail_whose_answer_was_lost_is_never_repeated_and_staff_see_it(post, keep, received):
    mail_id = post.queue()
    post.inbox.inject({"drop": True, "keep": keep})
    post.backend.task(WORKER, {"mailId": mail_id})
    post.send(mail_id)
    post.sweep()

    assert len(post.received) == received
    assert post.state(mail_id) == ("unknown", None)
    assert post.stored(mail_id)["sealed"] == {}
    assert post.dead_letters == [(WORKER, {"mailId": mail_id}, "UnansweredError")]


def test_a_mail_waits_while_there_is_no_server_and_not_for_ever(post, monkeypatch):
    monkeypatch.setattr(smtp, "STEP_SECONDS", 0.5)
    mail_id = post.queue()
    post.inbox.inject({"delay_seconds": 2, "at": "RCPT", "times": -1})
    post.send(mail_id, times=2)
    assert post.state(mail_id) == ("queued", None)
    post.inbox.reset()
    post.wait(hours=1)
    post.sweep()

    assert post.received == []
    assert post.state(mail_id) == ("failed", "expired")
    assert post.dead_letters == [(WORKER, {"mailId": mail_id}, "UnavailableError")]


def test_a_mail_whose_task_was_lost_is_swept_up(post):
    mail_id = post.queue()
    post.backend.tick("mail_sweep_outbox")
    assert post.backend.run_tasks() == 0  # its task may still come
    post.sweep()

    assert len(post.received) == 1
    assert post.state(mail_id) == ("sent", None)


@pytest.mark.parametrize("account", ["gone", "disabled", "without an address"])
def test_who_cannot_get_mail_gets_none(post, account):
    mail_id = post.queue()
    match account:
        case "gone":
            auth.delete_user(UID)
        case "disabled":
            auth.update_user(UID, disabled=True)
        case _:
            auth.delete_user(UID)
            auth.create_user(uid=UID)
    post.send(mail_id)
    if account == "gone":
        auth.create_user(uid=UID)

    assert post.received == []
    assert post.state(mail_id) == ("failed", "no_address")


def test_an_address_that_would_be_more_than_one_gets_none(post):
    mail_id = post.queue(secrets=Secrets(token=TOKEN, address="a@example.org\r\nBcc: b@c.org"))
    post.send(mail_id)

    assert post.received == []
    assert post.state(mail_id) == ("failed", "no_address")


def test_the_mail_of_an_erased_person_is_not_sent(post):
    mail_id, other_id = post.queue(), post.queue()
    post.admin.document(f"outbox/{mail_id}").delete()
    post.send(mail_id)
    Client(project="demo-evergrow", database="keys").document("person_keys/" + UID).delete()
    vault.keyring.forget()
    post.send(other_id)

    assert post.received == []


@pytest.mark.parametrize("lost_answer", [False, True], ids=["killed", "killed and answer lost"])
def test_killed_at_any_moment_a_mail_arrives_at_most_once_and_its_fate_is_told(post, lost_answer):
    """The worker dies before each call to the database, or right after it was made."""
    arrived, calls = [], 0
    for fatal in range(30):
        post.inbox.reset()
        mail_id = post.queue()
        made = 0

        def around(_method, send, *, fatal=fatal):
            nonlocal made
            made += 1
            if made - 1 == fatal:
                if lost_answer:
                    send()
                raise Killed
            return send()

        with contextlib.suppress(Killed), tapped(around):
            post.backend.task(WORKER, {"mailId": mail_id})
            calls = fatal
            break
        in_the_act = post.state(mail_id)[0] == "sending"
        post.sweep()

        state, count = post.state(mail_id)[0], len(post.received)
        assert count <= 1
        assert (state, count) in {("sent", 1), ("unknown", 0), ("unknown", 1)}
        assert (state == "unknown") == in_the_act
        arrived.append((state, count))

    assert calls >= 5
    # One moment only leaves the outcome open with nothing sent: after the claim, before the mail.
    assert arrived.count(("unknown", 0)) <= 1 + lost_answer
    assert ("sent", 1) in arrived


def test_a_commit_whose_answer_is_lost_sends_no_second_mail(post):
    mail_id = post.queue()
    lost = set()

    def around(method, send):
        answer = send()
        if method == "commit" and len(lost) < 3:
            lost.add(len(lost))
            raise DeadlineExceeded("answer lost")
        return answer

    with tapped(around):
        post.send(mail_id, times=3)
    post.sweep()

    assert len(lost) == 3
    assert len(post.received) == 1
    assert post.state(mail_id) == ("sent", None)


def test_a_mail_is_queued_by_the_commit_of_what_it_tells_of_or_not_at_all(post):
    mail_id = post.queue()
    again = mailing.queued(
        mail_id, UID, Template.VERIFY_EMAIL, Locale.EN, post.now, secrets=Secrets(token=TOKEN)
    )

    with pytest.raises(firestore.ConflictError):
        firestore.commit(*again)
    assert post.stored(mail_id)["template"] == "reset_password"


def test_opening_what_a_mail_holds_is_audited(post):
    mail_id = post.queue()
    post.send(mail_id)

    entries = [entry.to_dict() for entry in post.admin.collection("audit_entries").get()]
    told = [(e["action"], e["purpose"], e["touched"][0]["fields"]) for e in entries]
    assert sorted(told) == [("read", "mail", ["token"]), ("write", "mail", ["token"])]
    assert {entry["subject"] for entry in entries} == {UID}
