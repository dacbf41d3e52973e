"""What a request body may hold."""

import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from app.kit import wire
from app.kit.errors import InvalidArgumentError
from app.kit.model import DocumentId, IdempotencyKey, Instant, Message


class Color(StrEnum):
    RED = "red"


class Inner(Message):
    text: Annotated[str, Field(max_length=3)] = ""


class Request(Message):
    count: Annotated[int, Field(ge=1, le=10)] = 1
    flag: bool = False
    color: Color = Color.RED
    at: Instant = datetime.fromisoformat("2026-01-01T00:00:00Z")
    inner: tuple[Inner, ...] = ()
    booking_id: DocumentId = "a"
    idempotency_key: IdempotencyKey = "00000000-0000-4000-8000-000000000000"


def refused(body: bytes) -> list[str]:
    with pytest.raises(InvalidArgumentError) as refusal:
        wire.parse(Request, wire.read_json(body)["data"])
    return [problem["field"] for problem in refusal.value.details]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        pytest.param('{"count": "1"}', "count", id="text for a number"),
        pytest.param('{"count": true}', "count", id="boolean for a number"),
        pytest.param('{"count": 1.0}', "count", id="fraction for a number"),
        pytest.param('{"count": 0}', "count", id="below the limit"),
        pytest.param('{"count": 11}', "count", id="past the limit"),
        pytest.param('{"count": null}', "count", id="null"),
        pytest.param('{"count": NaN}', "count", id="NaN"),
        pytest.param('{"count": -Infinity}', "count", id="infinity"),
        pytest.param('{"count": 9007199254740992}', "count", id="2^53"),
        pytest.param('{"flag": 1}', "flag", id="number for a boolean"),
        pytest.param('{"color": "blue"}', "color", id="no such option"),
        pytest.param('{"at": "2026-01-01T00:00:00"}', "at", id="no time zone"),
        pytest.param('{"at": 1767225600}', "at", id="number for an instant"),
        pytest.param('{"inner": [{"text": "four"}]}', "inner.0.text", id="too long, deep inside"),
        pytest.param('{"inner": [{"text": "a\\u0000"}]}', "inner.0.text", id="NUL"),
        pytest.param('{"inner": [{"text": "\\ud83d"}]}', "inner.0.text", id="lone surrogate"),
        pytest.param('{"inner": [{"\\udc00": 1}]}', "inner.0.?", id="lone surrogate in a name"),
        pytest.param('{"size": 1}', "size", id="unknown"),
        pytest.param('{"booking_id": "b"}', "booking_id", id="name as in Python"),
        pytest.param('{"bookingId": "a/b"}', "bookingId", id="slash in an id"),
        pytest.param('{"bookingId": ".."}', "bookingId", id="dots for an id"),
        pytest.param('{"bookingId": "a\\n"}', "bookingId", id="line end in an id"),
        pytest.param('{"count": 1, "count": 2}', "count", id="the same name twice"),
        pytest.param('{"idempotencyKey": "1"}', "idempotencyKey", id="no UUID"),
        pytest.param("[" * 20 + "]" * 20, ".".join("0" * 16), id="nested too deeply"),
    ],
)
def test_a_refusal_names_the_field(data: str, field: str) -> None:
    assert refused(f'{{"data": {data}}}'.encode()) == [field]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b'{"data": "\xff"}', id="not UTF-8"),
        pytest.param("{}".encode("utf-16"), id="UTF-16"),
        pytest.param(b"[" * 200_000, id="deeper than the stack"),
        pytest.param(b"9" * 50_000, id="longer than Python converts"),
    ],
)
def test_what_is_no_json_is_refused_as_the_body(body: bytes) -> None:
    assert refused(body) == ["body"]


def test_the_name_of_an_unknown_field_is_shown_short() -> None:
    body = json.dumps({"data": {"x" * 10_000: 1}}).encode()

    assert refused(body) == ["x" * wire.MAX_NAME]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3))
def test_any_other_text_comes_through_as_it_is(text: str) -> None:
    body = json.dumps({"data": {"inner": [{"text": text}]}}, ensure_ascii=False).encode()

    assert wire.parse(Request, wire.read_json(body)["data"]).inner[0].text == text


def test_the_largest_exact_integers_pass() -> None:
    assert wire.read_json(b"[9007199254740991, -9007199254740991]") == [2**53 - 1, -(2**53) + 1]
