"""The inbox, seen through Python's own mail client."""

import smtplib
import time
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from sandbox.smtp import SmtpInbox
from tests.support.patience import SOON_SECONDS


@pytest.fixture(scope="module")
def running() -> Iterator[SmtpInbox]:
    standin = SmtpInbox().start()
    yield standin
    standin.stop()


@pytest.fixture
def inbox(running: SmtpInbox) -> SmtpInbox:
    running.reset()
    return running


def connect(inbox: SmtpInbox) -> smtplib.SMTP:
    host, port = inbox.environment()["SMTP_URL"].removeprefix("smtp://").split(":")
    return smtplib.SMTP(host, int(port), timeout=SOON_SECONDS)


def receipt() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "gifts@secondwind.test"
    message["To"] = "donor@example.test"
    message["Subject"] = "Thank you — your receipt"
    message.set_content("Zoë, thank you.\n")
    message.add_alternative("<p>Zoë, thank you.</p>\n", subtype="html")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="receipt.pdf")
    return message


def send(inbox: SmtpInbox) -> None:
    with connect(inbox) as client:
        client.send_message(receipt())


def test_a_message_arrives_as_it_was_written(inbox: SmtpInbox) -> None:
    with connect(inbox) as client:
        client.send_message(receipt(), to_addrs=["donor@example.test", "copy@example.test"])

    (message,) = inbox.calls()
    assert message["from"] == "gifts@secondwind.test"
    assert message["to"] == ["donor@example.test", "copy@example.test"]
    assert message["subject"] == "Thank you — your receipt"
    assert message["text"] == "Zoë, thank you.\n"
    assert message["html"] == "<p>Zoë, thank you.</p>\n"
    assert message["attachments"] == ["receipt.pdf"]
    assert "MIME-Version: 1.0" in message["raw"]


def test_what_is_no_mail_is_kept_raw(inbox: SmtpInbox) -> None:
    with connect(inbox) as client:
        client.sendmail("a@example.test", ["b@example.test"], b"no header\r\n")

    (message,) = inbox.calls()
    assert (message["subject"], message["html"]) == (None, None)
    assert "no header" in message["raw"]


def test_the_status_shows_the_latest_messages_first(inbox: SmtpInbox) -> None:
    for _ in range(12):
        send(inbox)

    status = inbox.status()
    assert status["calls"] == 12
    newest = {"to": ["donor@example.test"], "subject": "Thank you — your receipt"}
    assert status["messages"] == [newest] * 10


def test_a_message_rejected_once_arrives_the_second_time(inbox: SmtpInbox) -> None:
    inbox.inject({"reject": "451 4.3.0 Try again later"})

    with pytest.raises(smtplib.SMTPDataError) as rejection:
        send(inbox)
    assert rejection.value.smtp_code == 451
    assert inbox.calls() == []
    send(inbox)
    assert len(inbox.calls()) == 1


def test_a_recipient_can_be_rejected_for_good(inbox: SmtpInbox) -> None:
    inbox.inject({"reject": "550 5.1.1 No such user", "at": "RCPT", "times": -1})

    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as rejection:
            send(inbox)
        assert rejection.value.recipients["donor@example.test"][0] == 550
    assert inbox.calls() == []


def test_a_delayed_message_still_arrives(inbox: SmtpInbox) -> None:
    inbox.inject({"delay_seconds": 0.1})
    begin = time.monotonic()
    send(inbox)

    assert time.monotonic() - begin > 0.1
    assert len(inbox.calls()) == 1


@pytest.mark.parametrize(("keep", "kept"), [(False, 0), (True, 1)])
def test_the_answer_to_a_message_can_be_lost_with_and_without_it(
    inbox: SmtpInbox, *, keep: bool, kept: int
) -> None:
    inbox.inject({"drop": True, "keep": keep})

    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(inbox)
    assert len(inbox.calls()) == kept


def test_a_connection_can_be_lost_at_the_recipient(inbox: SmtpInbox) -> None:
    inbox.inject({"drop": True, "at": "RCPT"})

    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(inbox)
    assert inbox.calls() == []


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"colour": "red", "reject": "451 no"}, "colour"),
        ({"reject": "250 OK"}, "reject"),
        ({"reject": "451 two\r\nlines"}, "reject"),
        ({"reject": "421 Bye"}, "reject"),
        ({"reject": "451 no", "at": "HELO"}, "at: .*RCPT"),
        ({"at": "RCPT"}, "needs reject"),
        ({"drop": True, "reject": "451 no"}, "both"),
        ({"drop": True, "keep": True, "at": "RCPT"}, "keep"),
        ({"keep": True, "reject": "451 no"}, "keep"),
    ],
)
def test_an_unknown_fault_is_refused_by_name(
    inbox: SmtpInbox, fault: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        inbox.inject(fault)

    assert inbox.status()["faults"] == []


def test_stopping_does_not_wait_for_open_connections() -> None:
    inbox = SmtpInbox().start()
    client = connect(inbox)
    inbox.stop()

    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()
    client.close()
