"""The states of a mail, and what it says."""

import email
import email.policy
from datetime import UTC, datetime, timedelta
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.platform.mail.models import Locale, Mail, MailState, Reason, Secrets, Template
from app.platform.mail.policy import message, outbox
from app.platform.mail.policy.outbox import NotYoursError
from app.platform.mail.policy.templates import KINDS

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
SENDER = "SecondWind <hello@secondwind.example>"
TOKEN = "t" * 43


def queued(template: Template = Template.RESET_PASSWORD, locale: Locale = Locale.EN) -> Mail:
    parameters = dict.fromkeys(KINDS[template].parameters, "26 November")
    attached = "file-1" if KINDS[template].attaches else None
    mail = outbox.queued("ann", template, locale, NOW, parameters, attached=attached)
    return mail.model_copy(update={"sealed": {"token": b"sealed"}})


def written(template: Template, locale: Locale = Locale.EN, mail_id: str = "m1") -> str:
    made = message.written(
        mail_id,
        queued(template, locale),
        Secrets(token=TOKEN),
        sender=SENDER,
        site="https://app.example",
    )
    return made.as_bytes().decode("ascii")


def text(template: Template, locale: Locale) -> str:
    parsed = email.message_from_string(written(template, locale), policy=email.policy.default)
    content: str = parsed.get_content()
    return content


def test_a_queued_mail_is_claimed_once() -> None:
    claimed = outbox.claimed(queued(), NOW)

    assert (claimed.state, claimed.attempts) == (MailState.SENDING, 1)
    with pytest.raises(NotYoursError):
        outbox.claimed(claimed, NOW + timedelta(days=1))


@pytest.mark.parametrize("state", outbox.OVER)
def test_a_mail_that_is_over_is_never_claimed_nor_given_back(state: MailState) -> None:
    mail = outbox.over(outbox.claimed(queued(), NOW), 1, state, NOW)

    with pytest.raises(NotYoursError):
        outbox.claimed(mail, NOW)
    with pytest.raises(NotYoursError):
        outbox.given_back(mail, 1, NOW)


def test_a_worker_is_dead_once_its_lease_has_run_out() -> None:
    claimed = outbox.claimed(queued(), NOW)

    assert not outbox.lost(claimed, NOW + outbox.LEASE - timedelta(microseconds=1))
    assert outbox.lost(claimed, NOW + outbox.LEASE)
    assert not outbox.lost(queued(), NOW + timedelta(days=1))


def test_what_is_over_keeps_no_secret_and_is_looked_after_no_more() -> None:
    mail = outbox.over(outbox.claimed(queued(), NOW), 1, MailState.SENT, NOW)

    assert (mail.sealed, mail.lease_until, mail.settled_at) == ({}, None, NOW)


def test_a_worker_given_up_for_dead_may_still_say_that_it_sent() -> None:
    unknown = outbox.over(outbox.claimed(queued(), NOW), 1, MailState.UNKNOWN, NOW)

    assert outbox.over(unknown, 1, MailState.SENT, NOW).state is MailState.SENT


def test_an_earlier_attempt_says_nothing_of_a_later_one() -> None:
    again = outbox.given_back(outbox.claimed(queued(), NOW), 1, NOW)
    second = outbox.claimed(again, NOW)

    with pytest.raises(NotYoursError):
        outbox.over(second, 1, MailState.FAILED, NOW, Reason.REJECTED)
    with pytest.raises(NotYoursError):
        outbox.given_back(second, 1, NOW)


def test_a_template_takes_exactly_its_parameters() -> None:
    for parameters in ({}, {"at": "now", "name": "Ann"}):
        with pytest.raises(ValueError, match="takes"):
            outbox.queued("ann", Template.PASSWORD_CHANGED, Locale.EN, NOW, parameters)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("template", Template)
def test_every_template_is_written_in_every_language(template: Template, locale: Locale) -> None:
    kind = KINDS[template]
    words = kind.words[locale]
    named = {name for _, name, _, _ in Formatter().parse(words.text) if name}

    assert named == kind.parameters | ({"link"} if kind.page else set())
    assert "{" not in text(template, locale)
    assert words.subject.isprintable()
    assert "{" not in words.subject
    others = [KINDS[template].words[other] for other in Locale if other is not locale]
    assert all(words.subject != other.subject and words.text != other.text for other in others)


def test_a_link_carries_its_token_where_no_server_sees_it() -> None:
    assert f"https://app.example/account/reset-password#token={TOKEN}" in text(
        Template.RESET_PASSWORD, Locale.EN
    )


def test_a_link_without_a_token_is_never_sent() -> None:
    with pytest.raises(ValueError, match="token"):
        message.written("m1", queued(), Secrets(), sender=SENDER, site="https://app.example")


def test_the_same_mail_is_the_same_bytes_with_an_id_of_its_own() -> None:
    once, again = written(Template.VERIFY_EMAIL), written(Template.VERIFY_EMAIL)

    assert once == again
    assert "Message-ID: <m1@secondwind.example>\r\n" in once
    assert "Message-ID: <m2@secondwind.example>\r\n" in written(Template.VERIFY_EMAIL, mail_id="m2")
    assert "Auto-Submitted: auto-generated\r\n" in once


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "@example.org",
        "ann@",
        "ann@example.org, eve@example.org",
        "ann@example.org\r\nBcc: eve@example.org",
        "ann@example.org\n",
        "Ann <ann@example.org>",
        '"a b"@example.org',
        "ann@exam ple.org",
        "änn@example.org",
        "ann@example.org\0",
        "ann@-example.org",
        "a" * 65 + "@example.org",
    ],
)
def test_what_is_no_plain_address_gets_no_mail(address: str) -> None:
    assert not message.is_deliverable(address)


@pytest.mark.parametrize("address", ["ann@example.org", "a.b+c'd@mail.example.co.uk", "a@b"])
def test_a_plain_address_gets_mail(address: str) -> None:
    assert message.is_deliverable(address)


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_nothing_put_into_a_mail_makes_a_header(value: str) -> None:
    mail = outbox.queued("ann", Template.PASSWORD_CHANGED, Locale.EN, NOW, {"at": value})
    made = message.written("m1", mail, Secrets(), sender=SENDER, site="https://app.example")
    head = made.as_bytes().partition(b"\r\n\r\n")[0].decode("ascii")

    assert [line.partition(":")[0] for line in head.split("\r\n")] == [
        "From",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
        "Content-Language",
    ]
