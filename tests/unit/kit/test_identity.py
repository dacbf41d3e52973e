"""Where a request came from, which roles a token holds, when its person signed in."""

import time
from datetime import timedelta
from typing import Any

import flask
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit import identity, roles
from app.kit.errors import UnauthenticatedError
from app.kit.roles import Role

web = flask.Flask(__name__)
SOMETHING: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def address(forwarded: str | None) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    with web.test_request_context(headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.1"}):
        return identity.address(flask.request)


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        (None, "192.0.2.1"),
        ("", "192.0.2.1"),
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("198.51.100.1,203.0.113.7 ", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("203.0.113.7,", "192.0.2.1"),
    ],
)
def test_the_address_is_what_our_front_end_saw(forwarded: str | None, expected: str) -> None:
    assert address(forwarded) == expected


def test_each_proxy_of_ours_is_one_hop_further_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "2")

    assert address("198.51.100.1, 203.0.113.7, 192.0.2.9") == "203.0.113.7"
    assert address("203.0.113.7") == "192.0.2.1"  # did not come through all of them


@given(st.lists(st.from_regex(r"[0-9a-z.:_ -]{0,20}", fullmatch=True), max_size=5))
def test_nothing_written_on_the_left_changes_the_address(forged: list[str]) -> None:
    assert address(", ".join([*forged, "203.0.113.7"])) == "203.0.113.7"


@given(SOMETHING)
def test_whatever_a_token_claims_only_names_of_roles_in_a_list_are_roles(claim: Any) -> None:
    held = roles.known(claim)

    assert held == (frozenset(r for r in Role if r in claim) if isinstance(claim, list) else set())


def test_roles_are_known_by_their_names() -> None:
    assert roles.known(["admin", "ADMIN", "root", "coach", 7, None]) == {Role.ADMIN, Role.COACH}


def signed_in_at(**claims: Any) -> float:
    return identity._signed_in_at(claims).timestamp()  # noqa: SLF001  # its cases are many


@given(st.integers(0, int(time.time())))
def test_the_time_of_the_sign_in_is_told(seconds: int) -> None:
    assert signed_in_at(auth_time=seconds) == seconds


@given(
    st.none()
    | st.booleans()
    | st.text()
    | st.floats()
    | st.lists(st.integers())
    | st.integers(max_value=-1)
    | st.integers(min_value=int(time.time()) + 600)
)
def test_without_a_true_time_nobody_is_signed_in(claim: Any) -> None:
    with pytest.raises(UnauthenticatedError):
        signed_in_at(auth_time=claim)


def test_without_any_time_nobody_is_signed_in() -> None:
    with pytest.raises(UnauthenticatedError):
        signed_in_at()


def test_clocks_may_differ_by_a_minute() -> None:
    now = int(time.time())

    assert signed_in_at(auth_time=now + 50)
    with pytest.raises(UnauthenticatedError):
        signed_in_at(auth_time=now + int(timedelta(seconds=70).total_seconds()))
