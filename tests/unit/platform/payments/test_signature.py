"""Webhook signatures: what Stripe's SDK accepts, except from the future, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
import stripe
from hypothesis import example, given
from hypothesis import strategies as st

from app.platform.payments import signature

SECRET, OTHER = "whsec_one", "whsec_two"
BODY = '{"id": "evt_1", "text": "ñ"}'
NOW = datetime.now(UTC)


def signed(body: str = BODY, secret: str = SECRET, at: datetime | None = None) -> str:
    seconds = int((at or datetime.now(UTC)).timestamp())
    header: str = stripe.WebhookSignature.generate_signature_header(body, secret, seconds)
    return header


def accepts(header: str, body: str = BODY, secrets: tuple[str, ...] = (SECRET,)) -> bool:
    return signature.is_genuine(body.encode(), header, secrets, datetime.now(UTC))


def sdk_accepts(header: str, body: str = BODY, secret: str = SECRET) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, header, secret, signature.TOLERANCE_SECONDS)
    except (stripe.SignatureVerificationError, TypeError):  # the latter: not ASCII
        return False
    return True


def test_the_sdk_and_we_accept_the_same_signature() -> None:
    assert accepts(signed())
    assert sdk_accepts(signed())


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="none"),
        pytest.param("t=1", id="no signature"),
        pytest.param(signed().split(",", maxsplit=1)[1], id="no time"),
        pytest.param(signed().replace("v1=", "v0="), id="another scheme"),
        pytest.param(signed(secret=OTHER), id="another secret"),
        pytest.param(signed(body=BODY.replace(" ", "")), id="the body written anew"),
        pytest.param(signed(at=NOW - timedelta(seconds=302)), id="stale"),
        pytest.param(signed().replace("t=", "t=x"), id="a time that is no number"),
        pytest.param(signed() + "é", id="not ASCII"),
    ],
)
def test_what_neither_accepts(header: str) -> None:
    assert not accepts(header)
    assert not sdk_accepts(header)


def test_the_future_is_refused_though_the_sdk_accepts_it() -> None:
    header = signed(at=datetime.now(UTC) + timedelta(seconds=400))

    assert sdk_accepts(header)
    assert not accepts(header)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_tolerance_is_300_seconds_both_ways(sign: int) -> None:
    signed_at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    header = signed(at=signed_at)

    def at(seconds: int) -> bool:
        received_at = signed_at + sign * timedelta(seconds=seconds)
        return signature.is_genuine(BODY.encode(), header, [SECRET], received_at)

    assert at(300)
    assert not at(301)


def test_each_secret_counts_while_one_is_being_replaced() -> None:
    for secret in (SECRET, OTHER):
        assert accepts(signed(secret=secret), secrets=(SECRET, OTHER))
    assert not accepts(signed(), secrets=())


def test_one_of_several_signatures_is_enough() -> None:
    assert accepts(f"{signed(secret=OTHER)},v1={signed().rpartition('=')[2]}")


PARTS = st.sampled_from(["t", "v1", "v0", "x", "", " v1", "T"])
VALUES = st.sampled_from(
    [
        str(int(NOW.timestamp())),
        signed().rpartition("=")[2],
        signed(secret=OTHER).rpartition("=")[2],
        "0",
        "",
        "=",
        "-1",
    ]
)


@given(st.lists(st.tuples(PARTS, VALUES), max_size=5))
@example([("t", str(int(NOW.timestamp()))), ("v1", signed().rpartition("=")[2])])
@example([("v1", signed().rpartition("=")[2]), ("t", str(int(NOW.timestamp())))])
def test_parity_with_the_sdk(items: list[tuple[str, str]]) -> None:
    header = ",".join(f"{name}={value}" for name, value in items)

    assert accepts(header) == sdk_accepts(header)


@given(st.text(max_size=60) | st.just(signed()))
def test_nothing_passes_that_the_sdk_refuses(header: str) -> None:
    assert sdk_accepts(header) or not accepts(header)
