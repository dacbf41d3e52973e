"""Who gets into which account, and with which password."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.errors import AbortedError, InvalidArgumentError, PermissionDeniedError
from app.platform.credentials.models.links import AccountLock, Link, LinkPurpose
from app.platform.credentials.models.people import Account
from app.platform.credentials.policy import links, passwords
from app.platform.credentials.policy.linking import SignIn, require_admitted
from app.platform.mail.mailing import Locale

VICTIM, ATTACKER = "ann@example.org", "eve@example.org"
KNOWN = [
    "password",
    "Password1!",
    "P@ssw0rd123",
    "p4ssword",
    "passw0rd",
    "qwerty123",
    "QWERTY!!",
    "12345678",
    "87654321",
    "1q2w3e4r",
    "aaaaaaaa",
    "abcabcabc",
    "iloveyou2",
    "trustno1",
    "19840101",
    "01011990",
    "31.12.1999",
    "letmein1",
    "sunshine!",
    "lovelove",
    "football11",
    "1qaz2wsx",
    "qwer1234",
    "Summer2024",
    "Welcome1",
    "abcd1234",
    "asdf1234",
    "Admin@123",
    "11223344",
    "zaq12wsx",
    "qwertyuiop",
    "123123123",
    "evergrow360",
    "SecondWind1",
    "m1crosoft",
    "$unsh1ne",
    "tr1n1ty1",
    "!!dragon!!",
]


@pytest.mark.parametrize("password", KNOWN)
def test_a_password_in_disguise_is_known(password: str) -> None:
    with pytest.raises(InvalidArgumentError, match="newPassword"):
        passwords.require_unknown(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "kitchen-lamp-42",
        "gq8#Lm2!x",
        "purple monkey dishwasher",
        "mein Hund heißt Rex",
        "una llave debajo",
        "contraseñas hay muchas",
        "qwerty is not all there is",
    ],
)
def test_a_password_of_ones_own_is_not(password: str) -> None:
    passwords.require_unknown(password)


@given(st.text(min_size=8, max_size=128))
def test_any_password_is_judged(password: str) -> None:
    assert passwords.is_known(password) in {True, False}


def test_a_password_admits_whom_firebase_found() -> None:
    require_admitted(SignIn("password", VICTIM))


@pytest.mark.parametrize("method", ["google.com", "apple.com"])
def test_a_provider_admits_to_the_account_of_the_address_that_it_vouches_for(method: str) -> None:
    require_admitted(SignIn(method, VICTIM, "Ann@Example.org", provider_verified=True))


@pytest.mark.parametrize(
    "sign_in",
    [
        SignIn("google.com", VICTIM, ATTACKER, provider_verified=True),
        SignIn("google.com", VICTIM, VICTIM, provider_verified=False),
        SignIn("google.com", VICTIM, "", provider_verified=True),
        SignIn("apple.com", "", "", provider_verified=True),
        SignIn("apple.com", "", ATTACKER, provider_verified=True),
        *(
            SignIn(method, VICTIM, VICTIM, provider_verified=True)
            for method in ("github.com", "phone", "anonymous", "custom", "emailLink", "", "saml.x")
        ),
    ],
)
def test_any_other_sign_in_is_refused(sign_in: SignIn) -> None:
    with pytest.raises(PermissionDeniedError):
        require_admitted(sign_in)


NOW = datetime(2026, 11, 26, tzinfo=UTC)


def test_an_account_is_one_operations_until_it_is_given_back_or_its_time_is_up() -> None:
    held = links.held(AccountLock(generation=3), "first", NOW)
    assert links.holds(held, "first")
    assert not links.holds(held, "second")
    with pytest.raises(AbortedError):
        links.held(held, "second", NOW + links.HOLD - timedelta(microseconds=1))

    assert links.holds(links.held(held, "second", NOW + links.HOLD), "second")
    assert links.holds(links.held(links.changed(held), "second", NOW), "second")


def test_a_change_voids_all_links_and_gives_the_account_back() -> None:
    after = links.changed(links.held(AccountLock(generation=3), "first", NOW))

    assert (after.generation, after.holder, after.held_until) == (4, "", None)


def test_a_link_leads_into_no_other_account_even_of_the_same_address() -> None:
    link = Link(
        uid="ann",
        purpose=LinkPurpose.CHANGE_EMAIL,
        locale=Locale.EN,
        email_mac=b"",
        generation=0,
        issued_at=NOW,
        expires_at=NOW,
    )
    anns = Account("ann", VICTIM, False, False, NOW, {})  # noqa: FBT003  # as its fields stand

    assert links.required_account(link, anns) is anns
    with pytest.raises(links.LinkNotValidError):
        links.required_account(link, replace(anns, uid="eve"))
