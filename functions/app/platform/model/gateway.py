"""The only code that speaks to the model.

The SDK retries nothing, has no total deadline, lets exceptions quote the answer and does not check
it against the schema. All four are done here.
"""

import asyncio
import os
import random
import threading
from collections.abc import Sequence
from functools import cache

from google import genai
from google.genai import errors, types
from pydantic import ValidationError

from app.kit import environment
from app.kit.model import Message
from app.platform.model.models import FaultReason, ModelFaultError
from app.platform.model.redaction import redact
from app.platform.processors import register as processors

MODEL_NAME = os.environ.get("MODEL_NAME", "gemini-3.5-flash-lite")
PROCESSOR = "vertex_ai"
"""Who runs the model, in the register of processors."""
LOCATION = os.environ.get("MODEL_LOCATION", "us")
"""Where Vertex AI processes the request: the US multi-region, not the global endpoint."""

MAX_OUTPUT_TOKENS = 8_192
TEMPERATURE = 0.2
PAUSE_SECONDS = (0.1, 0.4)
"""Between the two tries, when the server does not say how long to wait."""

DEVELOPER_API_VARIABLES = ("GOOGLE_API_KEY", "GEMINI_API_KEY", "MODEL_API_BASE")

BLOCKED = frozenset(
    {
        types.FinishReason.SAFETY,
        types.FinishReason.RECITATION,
        types.FinishReason.BLOCKLIST,
        types.FinishReason.PROHIBITED_CONTENT,
        types.FinishReason.SPII,
    }
)


def generate[T: Message](
    schema: type[T],
    *,
    instruction: str,
    content: str,
    deadline_seconds: float,
    identifiers: Sequence[str] = (),
) -> T:
    """Return the model's answer to `content` under `instruction`.

    The caller has screened the person's words for a crisis. Contact data and `identifiers` are
    taken out of `content` here. Blocks for at most `deadline_seconds`, a second try included;
    callable from any thread.

    Args:
        schema: what the answer must be; anything else is a fault.
        instruction: ours, never the person's words.
        content: the person's words, which the model is to treat as data.
        deadline_seconds: for everything, however slowly the answer drips in.
        identifiers: names and ids of the person, see `redaction.redact`.

    Raises:
        ModelFaultError: there is no answer of this schema, or the operator of the model may not
            get health data. Neither the error nor what is chained
            to it quotes prompt or answer.
        RuntimeError: this process is set up in a way that could leak health data.
    """
    model = _model()
    if not processors.may_get_health_data(PROCESSOR):
        raise ModelFaultError(FaultReason.NO_AGREEMENT)
    answer = model.ask(_config(schema, instruction), redact(content, identifiers), deadline_seconds)
    parsed = answer if isinstance(answer, ModelFaultError) else _parse(schema, answer)
    if isinstance(parsed, ModelFaultError):
        raise parsed  # outside of any `except`, so that no exception of the SDK hangs on it
    return parsed


class _Model:
    """The client, and the event loop its connections belong to, in a thread of its own.

    One loop for the process: asyncio is what can cut off an answer that keeps coming, and pooled
    connections do not survive the loop that opened them.
    """

    def __init__(self) -> None:
        self._client = connect()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="model", daemon=True).start()

    def ask(
        self, config: types.GenerateContentConfig, content: str, deadline_seconds: float
    ) -> types.GenerateContentResponse | ModelFaultError:
        """Return the response of the first try, or of a second one if the fault may pass."""
        tries = self._tries(config, content, deadline_seconds)
        return asyncio.run_coroutine_threadsafe(tries, self._loop).result()

    async def _tries(
        self, config: types.GenerateContentConfig, content: str, deadline_seconds: float
    ) -> types.GenerateContentResponse | ModelFaultError:
        ends_at = self._loop.time() + deadline_seconds
        try:
            async with asyncio.timeout_at(ends_at):  # breaks off the connection it waits on
                answer, pause_seconds = await self._try(config, content)
                if pause_seconds is None or self._loop.time() + pause_seconds >= ends_at:
                    return answer
                await asyncio.sleep(pause_seconds)
                return (await self._try(config, content))[0]
        except TimeoutError:
            return ModelFaultError(FaultReason.DEADLINE)

    async def _try(
        self, config: types.GenerateContentConfig, content: str
    ) -> tuple[types.GenerateContentResponse | ModelFaultError, float | None]:
        """Return the response or the fault, and for a passing fault how long to wait."""
        try:
            response = await self._client.aio.models.generate_content(
                model=MODEL_NAME, contents=content, config=config
            )
        except Exception as error:  # noqa: BLE001  # whichever it is, it may quote the answer
            return _fault(error), _pause_seconds(error)
        return response, None


_opening = threading.Lock()


def _model() -> _Model:
    with _opening:  # the first requests of a process arrive together
        return _opened(environment.stand_in("MODEL_API_BASE"))


@cache
def _opened(_base: str | None) -> _Model:
    return _Model()


def connect() -> genai.Client:
    """Return a client of Vertex AI, or under the emulator of the stand-in.

    Raises:
        RuntimeError: the environment names another service than the one for this place.
    """
    # A redirect would carry the prompt to an address that nobody chose.
    options = types.HttpOptions(async_client_args={"follow_redirects": False})
    if environment.emulated():
        options.base_url = environment.stand_in("MODEL_API_BASE")
        if not options.base_url:
            raise RuntimeError("Under the emulator MODEL_API_BASE must name the model stand-in.")
        return genai.Client(vertexai=False, api_key="stand-in", http_options=options)
    for variable in DEVELOPER_API_VARIABLES:
        if os.environ.get(variable):
            raise RuntimeError(f"{variable} is set: health data goes to Vertex AI alone.")
    return genai.Client(
        vertexai=True, project=environment.project(), location=LOCATION, http_options=options
    )


def _config(schema: type[Message], instruction: str) -> types.GenerateContentConfig:
    return types.GenerateContentConfig(
        system_instruction=instruction,
        response_mime_type="application/json",
        response_json_schema=schema.model_json_schema(by_alias=True),
        max_output_tokens=MAX_OUTPUT_TOKENS,
        temperature=TEMPERATURE,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        automatic_continuation=False,  # each continuation would be one more request
    )


def _fault(error: Exception) -> ModelFaultError:
    origin = type(error).__name__
    if isinstance(error, errors.APIError):
        limited = error.code == 429  # noqa: PLR2004  # HTTP's own name for it is no clearer
        reason = FaultReason.RATE_LIMITED if limited else FaultReason.UNAVAILABLE
        return ModelFaultError(reason, f"{origin} {error.code}")
    if isinstance(error, ValueError):  # a response that is no JSON, or not of the API
        return ModelFaultError(FaultReason.MALFORMED, origin)
    return ModelFaultError(FaultReason.UNAVAILABLE, origin)


def _pause_seconds(error: Exception) -> float | None:
    """Return how long to wait before a second try, or None when it would be no use."""
    pause_seconds = random.uniform(*PAUSE_SECONDS)  # noqa: S311  # spreads tries, keeps no secret
    if isinstance(error, errors.APIError):
        if error.code != 429 and error.code < 500:  # noqa: PLR2004  # HTTP status codes
            return None
        asked = getattr(error.response, "headers", {}).get("retry-after")
        if asked is not None:
            return float(asked) if asked.isdecimal() else None
        return pause_seconds
    return None if isinstance(error, ValueError) else pause_seconds  # else the network


def _parse[T: Message](
    schema: type[T], response: types.GenerateContentResponse
) -> T | ModelFaultError:
    reason = _refusal(response)
    if reason is not None:
        return ModelFaultError(reason)
    text = _text(response)
    if not text.strip():
        return ModelFaultError(FaultReason.EMPTY)
    try:
        return schema.model_validate_json(text, by_alias=True, by_name=False)
    except ValidationError:
        return ModelFaultError(FaultReason.MALFORMED)


def _refusal(response: types.GenerateContentResponse) -> FaultReason | None:
    """Return why the response holds no whole answer, or None if it may hold one."""
    if response.prompt_feedback and response.prompt_feedback.block_reason:
        return FaultReason.BLOCKED
    if not response.candidates:
        return FaultReason.EMPTY
    finish = response.candidates[0].finish_reason
    if finish in BLOCKED:
        return FaultReason.BLOCKED
    if finish is types.FinishReason.MAX_TOKENS:
        return FaultReason.TRUNCATED
    return None if finish is types.FinishReason.STOP else FaultReason.MALFORMED


def _text(response: types.GenerateContentResponse) -> str:
    content = response.candidates[0].content if response.candidates else None
    parts = (content and content.parts) or []
    return "".join(part.text or "" for part in parts if not part.thought)
