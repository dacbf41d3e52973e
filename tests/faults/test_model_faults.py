"""Whatever the model does, `generate` ends in time, with its answer or with a clean fault."""

import logging
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import Annotated

import pytest
from pydantic import Field

from app.kit.model import Message
from app.platform.model import gateway
from app.platform.model.models import FaultReason, ModelFaultError
from sandbox.model.server import ModelStandIn
from tests.support.addresses import closed_port
from tests.support.patience import SOON_SECONDS, assert_within, until

BRIEF_SECONDS = 1.5
SLACK_SECONDS = 0.5

CANARY = "zq-canary-of-the-person"
ANSWER_CANARY = "zq-canary-of-the-answer"


class Focus(StrEnum):
    """One of two things."""

    FIRST = "first_thing"
    SECOND = "second_thing"


class Point(Message):
    """A claim and what it rests on."""

    claim_text: Annotated[str, Field(max_length=400)]
    question_ids: Annotated[tuple[Focus, ...], Field(min_length=1, max_length=2)]


class Advice(Message):
    """What is asked for."""

    main_points: Annotated[tuple[Point, ...], Field(min_length=3, max_length=4)]
    score: Annotated[int, Field(ge=1, le=10)]


@pytest.fixture(scope="module")
def stand_in() -> Iterator[ModelStandIn]:
    server = ModelStandIn().start()
    yield server
    server.stop()


@pytest.fixture
def model(stand_in: ModelStandIn, monkeypatch: pytest.MonkeyPatch) -> ModelStandIn:
    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")
    for name, value in stand_in.environment().items():
        monkeypatch.setenv(name, value)
    stand_in.reset()
    return stand_in


def ask(deadline_seconds: float = SOON_SECONDS, content: str = CANARY, **identifiers) -> Advice:
    return gateway.generate(
        Advice,
        instruction="Advise.",
        content=content,
        deadline_seconds=deadline_seconds,
        **identifiers,
    )


def test_the_answer_is_of_the_schema(model):
    advice = ask()

    assert 3 <= len(advice.main_points) <= 4
    assert 1 <= advice.score <= 10


def test_what_is_sent(model):
    ask(content="I am Ana López, ana@example.com", identifiers=["Ana López"])

    [call] = model.calls()
    body, settings = call["body"], call["body"]["generationConfig"]
    assert call["model"] == gateway.MODEL_NAME
    assert body["contents"] == [
        {"role": "user", "parts": [{"text": "I am [name], [email]"}]},
    ]
    assert body["systemInstruction"]["parts"] == [{"text": "Advise."}]
    assert "tools" not in body
    assert settings["maxOutputTokens"] == gateway.MAX_OUTPUT_TOKENS
    assert settings["temperature"] == gateway.TEMPERATURE
    assert settings["responseMimeType"] == "application/json"


def test_the_schema_is_sent_with_its_limits_under_the_names_of_the_wire(model):
    ask()

    schema = model.calls()[0]["body"]["generationConfig"]["responseJsonSchema"]
    points = schema["properties"]["mainPoints"]
    ids = schema["$defs"]["Point"]["properties"]["questionIds"]
    assert (points["minItems"], points["maxItems"]) == (3, 4)
    assert (ids["minItems"], ids["maxItems"]) == (1, 2)
    assert schema["$defs"]["Focus"]["enum"] == ["first_thing", "second_thing"]
    assert schema["properties"]["score"]["maximum"] == 10
    assert schema["required"] == ["mainPoints", "score"]


POINTS = '[{"claimText":"a","questionIds":["first_thing"]}]'
THREE = (
    '[{"claimText":"a","questionIds":["first_thing"]},'
    '{"claimText":"a","questionIds":["first_thing"]},{"claimText":"%s","questionIds":[%s]}]'
)

FAULTS = [
    pytest.param({"status": 429, "times": 2}, FaultReason.RATE_LIMITED, id="429 twice"),
    pytest.param(
        {"status": 429, "retry_after_seconds": 600}, FaultReason.RATE_LIMITED, id="429 for long"
    ),
    pytest.param({"status": 500, "times": 2}, FaultReason.UNAVAILABLE, id="500 twice"),
    pytest.param({"status": 403}, FaultReason.UNAVAILABLE, id="403"),
    pytest.param({"html": 502, "times": 2}, FaultReason.UNAVAILABLE, id="a proxy's 502 twice"),
    pytest.param({"reset": True, "times": 2}, FaultReason.UNAVAILABLE, id="dropped twice"),
    pytest.param({"sleep_seconds": SOON_SECONDS}, FaultReason.DEADLINE, id="slow"),
    pytest.param({"drip_seconds": 0.05}, FaultReason.DEADLINE, id="dripping"),
    pytest.param({"block": "PROHIBITED_CONTENT"}, FaultReason.BLOCKED, id="prompt blocked"),
    pytest.param({"finish": "SAFETY"}, FaultReason.BLOCKED, id="answer blocked"),
    pytest.param({"finish": "OTHER"}, FaultReason.MALFORMED, id="ended for no good reason"),
    pytest.param({"empty": True}, FaultReason.EMPTY, id="no candidate"),
    pytest.param({"text": " \n"}, FaultReason.EMPTY, id="blank"),
    pytest.param({"truncate": 20}, FaultReason.TRUNCATED, id="truncated"),
    pytest.param({"text": f"{{{ANSWER_CANARY}"}, FaultReason.MALFORMED, id="no JSON"),
    pytest.param({"text": f'"{ANSWER_CANARY}"'}, FaultReason.MALFORMED, id="not an object"),
    pytest.param(
        {"text": f'{{"mainPoints": {POINTS}, "score": 3}}'}, FaultReason.MALFORMED, id="too few"
    ),
    pytest.param(
        {"text": f'{{"mainPoints": {THREE % ("a", "")}, "score": 3}}'},
        FaultReason.MALFORMED,
        id="no citation",
    ),
    pytest.param(
        {"text": f'{{"mainPoints": {THREE % ("a", f'"{ANSWER_CANARY}"')}, "score": 3}}'},
        FaultReason.MALFORMED,
        id="unknown value",
    ),
    pytest.param(
        {"text": f'{{"mainPoints": {THREE % ("a", '"first_thing"')}, "score": "3"}}'},
        FaultReason.MALFORMED,
        id="a number as text",
    ),
    pytest.param(
        {"text": f'{{"mainPoints": {THREE % ("a", '"first_thing"')}, "score": 3, "x": 1}}'},
        FaultReason.MALFORMED,
        id="a field too many",
    ),
    pytest.param(
        {"text": f'{{"main_points": {THREE % ("a", '"first_thing"')}, "score": 3}}'},
        FaultReason.MALFORMED,
        id="Python's names",
    ),
]


@pytest.mark.parametrize(("fault", "reason"), FAULTS)
def test_a_fault_ends_in_time_tells_nothing_and_passes(model, fault, reason, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    model.inject(fault)

    with pytest.raises(ModelFaultError) as failure:
        ask(BRIEF_SECONDS if reason is FaultReason.DEADLINE else SOON_SECONDS)

    assert failure.value.reason is reason
    assert failure.value.__cause__ is None
    assert failure.value.__context__ is None
    output = capsys.readouterr()
    said = "\n".join(
        [*traceback.format_exception(failure.value), caplog.text, output.out, output.err]
    )
    assert CANARY not in said
    assert ANSWER_CANARY not in said

    model.reset()
    assert ask().main_points


@pytest.mark.parametrize(
    "fault", [{"sleep_seconds": SOON_SECONDS}, {"drip_seconds": 0.05}], ids=str
)
def test_a_deadline_is_kept(model, fault):
    model.inject(fault | {"times": -1})

    def ask_in_vain():
        with pytest.raises(ModelFaultError):
            ask(BRIEF_SECONDS)

    assert_within(BRIEF_SECONDS + SLACK_SECONDS, ask_in_vain)


@pytest.mark.parametrize(
    "fault",
    [{"status": 429}, {"status": 429, "retry_after_seconds": 1}, {"status": 503}, {"html": 502},
     {"reset": True}],
    ids=str,
)  # fmt: skip
def test_a_passing_fault_is_tried_once_more(model, fault):
    model.inject(fault)

    assert ask().main_points
    assert len(model.calls()) == 2


@pytest.mark.parametrize(
    "fault",
    [{"status": 400}, {"status": 403}, {"finish": "SAFETY"}, {"text": "{"}, {"empty": True},
     {"status": 429, "retry_after_seconds": 600}],
    ids=str,
)  # fmt: skip
def test_another_fault_is_not(model, fault):
    model.inject(fault)

    with pytest.raises(ModelFaultError):
        ask()

    assert len(model.calls()) == 1


def test_a_third_try_is_never_made(model):
    model.inject({"status": 503, "times": 5})

    with pytest.raises(ModelFaultError):
        ask()

    assert len(model.calls()) == 2


def test_a_wait_that_does_not_fit_is_not_begun(model):
    model.inject({"status": 429, "retry_after_seconds": SOON_SECONDS})
    started = time.monotonic()

    with pytest.raises(ModelFaultError) as failure:
        ask(deadline_seconds=SOON_SECONDS)

    assert time.monotonic() - started < SOON_SECONDS / 2
    assert failure.value.reason is FaultReason.RATE_LIMITED


def test_both_tries_share_one_deadline(model):
    """Each would have time enough of its own."""
    model.inject({"sleep_seconds": 1, "status": 503, "times": 2})

    with pytest.raises(ModelFaultError) as failure:
        ask(deadline_seconds=1.8)

    assert failure.value.reason is FaultReason.DEADLINE


def test_a_server_that_drips_is_hung_up_on(monkeypatch):
    closed = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            try:
                while True:
                    connection.sendall(b" ")
                    time.sleep(0.02)
            except OSError:
                closed.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")
        monkeypatch.setenv("MODEL_API_BASE", f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(ModelFaultError):
            ask(deadline_seconds=0.5)
        assert closed.wait(SOON_SECONDS)
        thread.join()


def test_nobody_there(monkeypatch):
    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")
    with closed_port() as address:
        monkeypatch.setenv("MODEL_API_BASE", f"http://{address}")
        with pytest.raises(ModelFaultError) as failure:
            ask()

    assert failure.value.reason is FaultReason.UNAVAILABLE


def test_a_redirect_is_not_followed(model, monkeypatch):
    def redirect(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            location = model.environment()["MODEL_API_BASE"]
            connection.sendall(
                f"HTTP/1.1 307 T\r\nLocation: {location}/v1beta/models/m:generateContent\r\n"
                "Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=redirect, args=(listener,))
        thread.start()
        monkeypatch.setenv("MODEL_API_BASE", f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(ModelFaultError):
            ask()
        thread.join()
    assert model.calls() == []


def test_calls_in_a_row_and_side_by_side_share_the_client(model):
    def clients():
        return sum(thread.name == "model" for thread in threading.enumerate())

    before = clients()
    for _ in range(3):
        assert ask().main_points

    with ThreadPoolExecutor(80) as threads:
        texts = [f"number {n}" for n in range(80)]
        answers = list(threads.map(lambda text: ask(content=text), texts))

    assert len(answers) == 80
    assert len({call["body"]["contents"][0]["parts"][0]["text"] for call in model.calls()}) == 81
    assert clients() <= before + 1


def test_side_by_side_a_slow_answer_holds_up_nobody(model):
    model.inject({"match": "slow", "sleep_seconds": SOON_SECONDS})

    with ThreadPoolExecutor(2) as threads:
        slow = threads.submit(ask, content="slow")
        until(model.calls)
        assert ask(content="quick").main_points
        assert not slow.done()
        model.reset()
        assert slow.result().main_points
