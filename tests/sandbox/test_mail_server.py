"""How mails are handed over, seen against a mail server that fails in every way."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP as WIRE

import pytest

from app.kit.errors import UnavailableError
from app.platform.mail.gateway import smtp
from sandbox.smtp import SmtpInbox
from tests.support.addresses import closed_port
from tests.support.mail_server import PASSWORD, USER, TlsServer
from tests.support.patience import SOON_SECONDS

SENDER, RECIPIENT, DOMAIN = "hello@secondwind.example", "ann@example.org", "secondwind.example"


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "STEP_SECONDS", SOON_SECONDS)
    monkeypatch.setattr(smtp, "TOTAL_SECONDS", SOON_SECONDS)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For who waits in vain. All the steps before have this long as well."""
    monkeypatch.setattr(smtp, "STEP_SECONDS", 2.0)


@pytest.fixture(scope="module")
def running() -> Iterator[SmtpInbox]:
    inbox = SmtpInbox().start()
    yield inbox
    inbox.stop()


@pytest.fixture
def inbox(running: SmtpInbox, monkeypatch: pytest.MonkeyPatch) -> SmtpInbox:
    running.reset()
    monkeypatch.setenv("SMTP_URL", running.environment()["SMTP_URL"])
    return running


def send(text: str = "Hello.\n", before: Callable[[], object] = lambda: None) -> None:
    message = EmailMessage(policy=WIRE)
    message["From"] = SENDER
    message["To"] = RECIPIENT
    message["Subject"] = "Hello"
    message.set_content(text, cte="quoted-printable")
    with smtp.ready(SENDER, RECIPIENT, DOMAIN) as hand_over:
        before()
        hand_over(message)


def test_a_mail_is_handed_over_as_it_was_written(inbox: SmtpInbox) -> None:
    text = ".\n.. a line that begins with a dot\n\nZoë\n.\n"
    send(text)

    (message,) = inbox.calls()
    assert message["text"] == text
    assert (message["from"], message["to"]) == (SENDER, [RECIPIENT])


def test_nothing_is_sent_before_it_is_handed_over(inbox: SmtpInbox) -> None:
    with smtp.ready(SENDER, RECIPIENT, DOMAIN):
        pass

    assert inbox.calls() == []


@pytest.mark.parametrize(
    "fault",
    [
        {"reject": "451 4.3.0 Try again later", "at": "RCPT"},
        {"reject": "451 4.3.0 Try again later", "at": "DATA"},
        {"drop": True, "at": "RCPT"},
    ],
)
def test_what_the_server_did_not_take_can_be_sent_later(inbox: SmtpInbox, fault) -> None:  # type: ignore[no-untyped-def]
    inbox.inject(fault)

    with pytest.raises(UnavailableError):
        send()
    assert inbox.calls() == []


@pytest.mark.usefixtures("_impatient")
def test_what_the_server_is_slow_to_take_can_be_sent_later(inbox: SmtpInbox) -> None:
    inbox.inject({"delay_seconds": SOON_SECONDS, "at": "RCPT"})

    with pytest.raises(UnavailableError):
        send()
    assert inbox.calls() == []


def test_a_server_that_is_not_there_is_asked_later(monkeypatch: pytest.MonkeyPatch) -> None:
    with closed_port() as address:
        monkeypatch.setenv("SMTP_URL", f"smtp://{address}")
        with pytest.raises(UnavailableError):
            send()


@pytest.mark.parametrize("step", ["RCPT", "DATA"])
def test_what_the_server_refuses_for_good_is_not_sent_again(inbox: SmtpInbox, step: str) -> None:
    inbox.inject({"reject": "550 5.1.1 No such user", "at": step})

    with pytest.raises(smtp.RejectedError):
        send()
    assert inbox.calls() == []


@pytest.mark.parametrize("fault", [{"drop": True}, {"drop": True, "keep": True}])
def test_without_an_answer_to_the_whole_mail_nobody_knows(inbox: SmtpInbox, fault) -> None:  # type: ignore[no-untyped-def]
    inbox.inject(fault)

    with pytest.raises(smtp.UnansweredError):
        send()


@pytest.mark.usefixtures("_impatient")
def test_an_answer_to_the_whole_mail_that_is_late_is_none(inbox: SmtpInbox) -> None:
    inbox.inject({"delay_seconds": SOON_SECONDS})

    with pytest.raises(smtp.UnansweredError):
        send()


def test_a_connection_lost_before_the_mail_is_handed_over_lost_nothing() -> None:
    other = SmtpInbox().start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMTP_URL", other.environment()["SMTP_URL"])
        with pytest.raises(UnavailableError):
            send(before=other.stop)


def test_a_server_that_drips_is_left_when_the_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes within the time of a step, and the line never ends."""
    monkeypatch.setattr(smtp, "TOTAL_SECONDS", 1.0)
    ended = threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):
            while not ended.wait(0.1):
                connection.send(b"2")

    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{server.getsockname()[1]}")
        outcome: list[type[Exception]] = []

        def try_to_send() -> None:
            try:
                send()
            except UnavailableError:
                outcome.append(UnavailableError)

        threads = [threading.Thread(target=drip, args=(server,))]
        threads.append(threading.Thread(target=try_to_send))
        for thread in threads:
            thread.start()
        threads[1].join(SOON_SECONDS / 2)
        left = not threads[1].is_alive()
        ended.set()
        for thread in threads:
            thread.join(SOON_SECONDS)

    assert left
    assert outcome == [UnavailableError]


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_over_tls_the_server_is_known_and_knows_us(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    with TlsServer(implicit=scheme == "smtps") as server:
        monkeypatch.setenv("SSL_CERT_FILE", server.authority)
        monkeypatch.delenv("SMTP_URL", raising=False)
        url = f"{scheme}://{USER}:{PASSWORD}@localhost:{server.port}"
        monkeypatch.setenv("MAIL_SERVER_URL", url)
        send()

        assert server.received == [([RECIPIENT], USER)]


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_server_of_another_name_learns_nothing(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    with TlsServer(implicit=scheme == "smtps") as server:
        monkeypatch.setenv("SSL_CERT_FILE", server.authority)
        monkeypatch.delenv("SMTP_URL", raising=False)
        url = f"{scheme}://{USER}:{PASSWORD}@127.0.0.1:{server.port}"
        monkeypatch.setenv("MAIL_SERVER_URL", url)
        with pytest.raises(UnavailableError):
            send()

        assert (server.received, server.logins) == ([], [])


def test_wrong_credentials_make_mails_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    with TlsServer(implicit=True) as server:
        monkeypatch.setenv("SSL_CERT_FILE", server.authority)
        monkeypatch.delenv("SMTP_URL", raising=False)
        monkeypatch.setenv("MAIL_SERVER_URL", f"smtps://{USER}:wrong@localhost:{server.port}")
        with pytest.raises(UnavailableError):
            send()

        assert server.received == []


@pytest.mark.parametrize(
    "url", ["smtp://mail.example:25", "http://mail.example", "mail.example", "smtps://"]
)
def test_no_mail_goes_in_clear_outside_of_stand_ins(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.delenv("SMTP_URL", raising=False)
    monkeypatch.setenv("MAIL_SERVER_URL", url)

    with pytest.raises(RuntimeError, match="MAIL_SERVER_URL"):
        smtp.server()


def test_the_parts_of_an_address_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMTP_URL", raising=False)
    monkeypatch.setenv("MAIL_SERVER_URL", "smtps://us%40er:p%2Fw@mail.example")

    assert smtp.server() == smtp.Server("smtps", "mail.example", 465, "us@er", "p/w")
