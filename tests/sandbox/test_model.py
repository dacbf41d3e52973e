"""The model stand-in, seen through Google's own client."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
import requests
from google import genai
from google.genai import errors, types

from sandbox.model.server import ModelStandIn
from tests.support.patience import SOON_SECONDS

MODEL = "gemini-flash"
PROMPT = "How do I lead a remote team?"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["strengths", "confidence"],
    "properties": {
        "strengths": {
            "type": "array",
            "minItems": 3,
            "maxItems": 4,
            "items": {
                "type": "object",
                "required": ["text", "questionIds"],
                "properties": {
                    "text": {"type": "string", "minLength": 20, "maxLength": 200},
                    "questionIds": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 3,
                        "items": {"type": "string", "enum": ["goals_text", "learning_style"]},
                    },
                },
            },
        },
        "confidence": {"type": "integer", "minimum": 1, "maximum": 10},
    },
}

type Ask = Callable[..., Any]
"""The client declares every field of a response optional, hence `Any`."""


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[ModelStandIn, genai.Client]]:
    standin = ModelStandIn().start()
    options = types.HttpOptions(
        base_url=standin.environment()["MODEL_API_BASE"], timeout=SOON_SECONDS * 1000
    )
    client = genai.Client(api_key="any", http_options=options)
    yield standin, client
    client.close()
    standin.stop()


@pytest.fixture
def model(running: tuple[ModelStandIn, genai.Client]) -> ModelStandIn:
    running[0].reset()
    return running[0]


@pytest.fixture
def client(model: ModelStandIn, running: tuple[ModelStandIn, genai.Client]) -> genai.Client:
    return running[1]


@pytest.fixture
def ask(client: genai.Client) -> Ask:
    """Return a function that puts a question to the model."""

    def send(prompt: str = PROMPT, **config: Any) -> types.GenerateContentResponse:
        settings = types.GenerateContentConfig(**config)
        return client.models.generate_content(model=MODEL, contents=prompt, config=settings)

    return send


@pytest.fixture
def stream(client: genai.Client) -> Ask:
    """Return a function that asks the same and iterates over the answer's chunks."""

    def send() -> Iterator[types.GenerateContentResponse]:
        settings = types.GenerateContentConfig()
        return client.models.generate_content_stream(model=MODEL, contents=PROMPT, config=settings)

    return send


def in_json(schema: Any = SCHEMA) -> dict[str, Any]:
    return {"response_mime_type": "application/json", "response_json_schema": schema}


def test_an_answer_is_english_counted_and_does_not_repeat_the_question(ask: Ask) -> None:
    reply = ask("My name is Zacharias Quill.")

    assert len(reply.text.split()) > 10
    assert "Zacharias" not in reply.text
    assert reply.candidates[0].finish_reason == types.FinishReason.STOP
    assert reply.usage_metadata.total_token_count > reply.usage_metadata.prompt_token_count > 0


def test_an_answer_follows_from_the_request_alone(ask: Ask) -> None:
    assert ask(**in_json()).text == ask(**in_json()).text
    assert ask(**in_json()).text != ask("Another question", **in_json()).text


def test_an_answer_satisfies_the_json_schema(ask: Ask) -> None:
    for number in range(20):
        reply = json.loads(ask(f"Question {number}", **in_json()).text)

        assert reply.keys() == {"strengths", "confidence"}
        assert 3 <= len(reply["strengths"]) <= 4
        assert 1 <= reply["confidence"] <= 10
        for claim in reply["strengths"]:
            assert 20 <= len(claim["text"]) <= 200
            assert claim["text"][0].isupper()
            cited = claim["questionIds"]
            assert set(cited) <= {"goals_text", "learning_style"}
            assert len(set(cited)) == len(cited) >= 1


def test_the_older_schema_format_is_satisfied_too(ask: Ask) -> None:
    schema = types.Schema(
        type=types.Type.OBJECT,
        properties={"weeks": types.Schema(type=types.Type.INTEGER, minimum=8, maximum=9)},
        required=["weeks"],
    )
    reply = ask(response_mime_type="application/json", response_schema=schema)

    assert json.loads(reply.text)["weeks"] in {8, 9}


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"type": "string", "pattern": "^a+$"}, id="a pattern"),
        pytest.param({"type": "tuple"}, id="no type of JSON"),
        pytest.param({"type": "array"}, id="items of no kind"),
        pytest.param({"$ref": "#/$defs/gone"}, id="a reference to nothing"),
    ],
)
def test_a_schema_it_cannot_satisfy_is_refused(ask: Ask, schema: dict[str, Any]) -> None:
    with pytest.raises(errors.ClientError) as refusal:
        ask(**in_json(schema))

    assert (refusal.value.code, refusal.value.status) == (400, "INVALID_ARGUMENT")


def test_the_limit_on_output_tokens_holds(ask: Ask) -> None:
    reply = ask(max_output_tokens=3)

    assert len(reply.text) == 12
    assert reply.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS


def test_a_stream_adds_up_to_the_answer(stream: Ask, ask: Ask) -> None:
    chunks = list(stream())

    assert len(chunks) > 1
    assert "".join(chunk.text for chunk in chunks) == ask().text
    reasons = [chunk.candidates[0].finish_reason for chunk in chunks]
    assert reasons == [None] * (len(chunks) - 1) + [types.FinishReason.STOP]


def test_tokens_are_counted(client: genai.Client) -> None:
    few = client.models.count_tokens(model=MODEL, contents=PROMPT).total_tokens
    many = client.models.count_tokens(model=MODEL, contents=PROMPT * 9).total_tokens

    assert few
    assert many
    assert few < many


def test_requests_are_recorded_whole(model: ModelStandIn, ask: Ask) -> None:
    ask("a marker in the prompt", system_instruction="a marker in the instruction")

    (call,) = model.calls()
    assert (call["model"], call["method"]) == (MODEL, "generateContent")
    assert "a marker in the prompt" in json.dumps(call["body"]["contents"])
    assert "a marker in the instruction" in json.dumps(call["body"]["systemInstruction"])
    assert model.status()["calls"] == 1


def test_a_request_without_a_key_is_refused(model: ModelStandIn) -> None:
    url = f"{model.environment()['MODEL_API_BASE']}/v1beta/models/m:generateContent"
    reply = requests.post(
        url, json={"contents": [{"parts": [{"text": PROMPT}]}]}, timeout=SOON_SECONDS
    )

    assert (reply.status_code, model.calls()) == (403, [])


@pytest.mark.parametrize("body", [{}, [], {"contents": []}])
def test_a_request_without_contents_is_refused(model: ModelStandIn, body: Any) -> None:
    url = f"{model.environment()['MODEL_API_BASE']}/v1beta/models/m:generateContent?key=any"

    assert requests.post(url, json=body, timeout=SOON_SECONDS).status_code == 400


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, errors.ClientError), (500, errors.ServerError), (503, errors.ServerError)],
)
def test_an_injected_status_reaches_the_client_once(
    model: ModelStandIn, ask: Ask, status: int, error: type[errors.APIError]
) -> None:
    model.inject({"status": status, "retry_after_seconds": 7})

    with pytest.raises(error) as failure:
        ask()
    assert failure.value.code == status
    assert failure.value.details["error"]["details"][0]["retryDelay"] == "7s"
    assert failure.value.response.headers["Retry-After"] == "7"
    assert ask().text


def test_a_page_of_a_proxy_is_no_json(model: ModelStandIn, ask: Ask) -> None:
    model.inject({"html": 502})

    with pytest.raises(errors.ServerError) as failure:
        ask()
    assert failure.value.code == 502


def test_a_broken_connection_is_a_network_error(model: ModelStandIn, ask: Ask) -> None:
    model.inject({"reset": True})

    with pytest.raises(httpx2.RemoteProtocolError):
        ask()


@pytest.mark.parametrize("drop_after", [0, 1, 99])
def test_a_broken_stream_is_a_network_error_after_its_chunks(
    model: ModelStandIn, stream: Ask, ask: Ask, drop_after: int
) -> None:
    whole = list(stream())
    model.inject({"drop_after": drop_after})
    assert ask().text  # no stream, so not concerned
    chunks = stream()

    for expected in whole[: min(drop_after, len(whole) - 1)]:
        assert next(chunks).text == expected.text
    with pytest.raises(httpx2.RemoteProtocolError):
        next(chunks)


def test_a_silent_model_runs_into_the_timeout_of_a_read(model: ModelStandIn, ask: Ask) -> None:
    model.inject({"sleep_seconds": SOON_SECONDS})

    with pytest.raises(httpx2.ReadTimeout):
        ask(http_options=types.HttpOptions(timeout=100))


def test_a_dripping_answer_outlasts_the_timeout_of_a_read(model: ModelStandIn, ask: Ask) -> None:
    model.inject({"drip_seconds": 0.01, "text": "x"})
    begin = time.monotonic()
    reply = ask(http_options=types.HttpOptions(timeout=1500))

    assert reply.text == "x"
    assert time.monotonic() - begin > 1.5


def test_a_stream_drips_too(model: ModelStandIn, stream: Ask) -> None:
    model.inject({"drip_seconds": 0.0002, "text": "x"})

    assert [chunk.text for chunk in stream()] == ["x"]


@pytest.mark.parametrize("text", ['{"strengths": [', '{"strengths": [], "confidence": 11}', ""])
def test_any_text_can_be_put_in_the_place_of_the_answer(
    model: ModelStandIn, ask: Ask, text: str
) -> None:
    model.inject({"text": text})
    reply = ask(**in_json())

    assert reply.candidates[0].content.parts[0].text == text


def test_a_truncated_answer_says_so(model: ModelStandIn, ask: Ask) -> None:
    model.inject({"truncate": 9})
    reply = ask(**in_json())

    assert len(reply.text) == 9
    assert reply.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS


def test_a_blocked_prompt_has_no_candidates(model: ModelStandIn, ask: Ask) -> None:
    model.inject({"block": "PROHIBITED_CONTENT"})
    reply = ask()

    assert (reply.candidates, reply.text) == (None, None)
    assert reply.prompt_feedback.block_reason == types.BlockedReason.PROHIBITED_CONTENT


def test_an_answer_held_back_for_safety_has_no_content(model: ModelStandIn, ask: Ask) -> None:
    model.inject({"finish": "SAFETY"})
    reply = ask()

    assert reply.candidates[0].finish_reason == types.FinishReason.SAFETY
    assert reply.text is None


def test_an_empty_answer_has_no_candidates_and_no_reason(model: ModelStandIn, ask: Ask) -> None:
    model.inject({"empty": True})
    reply = ask()

    assert (reply.candidates, reply.prompt_feedback) == (None, None)


@pytest.mark.parametrize("fault", [{"block": "SAFETY"}, {"finish": "SAFETY"}, {"empty": True}])
def test_a_stream_has_no_text_where_an_answer_has_none(
    model: ModelStandIn, stream: Ask, fault: dict[str, Any]
) -> None:
    model.inject(fault)

    assert [chunk.text for chunk in stream()] == [None]


def test_a_fault_waits_for_the_request_it_is_meant_for(model: ModelStandIn, ask: Ask) -> None:
    model.inject({"status": 500, "match": "Zoë", "times": -1})

    assert ask().text
    for _ in range(2):
        with pytest.raises(errors.ServerError):
            ask("What should Zoë do?")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"colour": "red", "status": 500}, "colour"),
        ({"status": 418}, "status is none of"),
        ({"html": 200}, "html"),
        ({"match": "x", "times": 2}, "needs something"),
        ({"sleep_seconds": -1}, "sleep_seconds"),
        ({"status": "500"}, "status"),
    ],
)
def test_an_unknown_fault_is_refused_by_name(
    model: ModelStandIn, fault: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        model.inject(fault)

    assert model.status()["faults"] == []
