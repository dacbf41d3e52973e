"""The bodies that the Gemini API answers with."""

import hashlib
import json
from collections.abc import Iterator
from random import Random
from typing import Any

from sandbox.http import DroppedConnectionError, RefusedError, Response, json_response
from sandbox.model.answers import SchemaError, answer
from sandbox.model.faults import STATUSES, ModelFault
from sandbox.model.text import sentence

CHARACTERS_PER_TOKEN = 4
CHUNK_CHARACTERS = 40


def refusal(status: int, message: str, retry_after_seconds: int | None = None) -> Response:
    """Return an error in the format of Google's APIs."""
    name = STATUSES.get(status, "UNKNOWN")
    error: dict[str, Any] = {"code": status, "message": message, "status": name}
    if retry_after_seconds is None:
        return json_response({"error": error}, status)
    retry = {
        "@type": "type.googleapis.com/google.rpc.RetryInfo",
        "retryDelay": f"{retry_after_seconds}s",
    }
    error["details"] = [retry]
    return json_response({"error": error}, status, Retry_After=str(retry_after_seconds))


def generated(body: dict[str, Any], fault: ModelFault) -> dict[str, Any]:
    """Return the GenerateContentResponse to a request.

    Raises:
        RefusedError: its schema is one that no answer is known for.
    """
    text = reply(body) if fault.text is None else fault.text
    finish = fault.finish or "STOP"
    limit = body.get("generationConfig", {}).get("maxOutputTokens")
    most = len(text) if limit is None else limit * CHARACTERS_PER_TOKEN
    if fault.truncate is not None:
        most = fault.truncate
    if most < len(text) or fault.truncate is not None:
        text, finish = text[:most], "MAX_TOKENS"
    prompt, output = prompt_tokens(body), len(text) // CHARACTERS_PER_TOKEN
    response: dict[str, Any] = {
        "modelVersion": "sandbox",
        "responseId": hashlib.sha256(text.encode()).hexdigest()[:16],
        "usageMetadata": {
            "promptTokenCount": prompt,
            "candidatesTokenCount": output,
            "totalTokenCount": prompt + output,
        },
    }
    if fault.block:
        response["promptFeedback"] = {"blockReason": fault.block}
    elif not fault.empty:
        candidate: dict[str, Any] = {"index": 0, "finishReason": finish}
        if fault.finish is None:
            candidate["content"] = {"role": "model", "parts": [{"text": text}]}
        response["candidates"] = [candidate]
    return response


def reply(body: dict[str, Any]) -> str:
    """Return the text of an answer, which never repeats what was asked."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    random = Random(digest)  # noqa: S311  # the same request shall have the same answer
    settings = body.get("generationConfig", {})
    schema = settings.get("responseJsonSchema") or settings.get("responseSchema")
    if schema is None:
        return f"{sentence(random)} {sentence(random)}"
    try:
        return json.dumps(answer(schema, random))
    except SchemaError as error:
        raise RefusedError(400, str(error)) from error


def prompt_tokens(body: dict[str, Any]) -> int:
    """Return about how many tokens the request has."""
    prompt = [body.get("systemInstruction"), body["contents"]]
    return max(1, len(json.dumps(prompt, ensure_ascii=False)) // CHARACTERS_PER_TOKEN)


def streamed(response: dict[str, Any], drop_after: int | None) -> Iterator[bytes]:
    """Yield a response as server-sent events; only the last one says why it ended."""
    candidates = response.get("candidates", [])
    parts = candidates[0].get("content", {}).get("parts", []) if candidates else []
    text = parts[0]["text"] if parts else ""
    starts = range(0, len(text), CHUNK_CHARACTERS)
    pieces = [text[start : start + CHUNK_CHARACTERS] for start in starts]
    for sent, piece in enumerate(pieces[:-1]):
        if sent == drop_after:
            raise DroppedConnectionError
        content = {"role": "model", "parts": [{"text": piece}]}
        yield _event({**response, "candidates": [{"index": 0, "content": content}]})
    if drop_after is not None:
        raise DroppedConnectionError
    if pieces:
        parts[0]["text"] = pieces[-1]
    yield _event(response)


def _event(response: dict[str, Any]) -> bytes:
    return b"data: %b\r\n\r\n" % json.dumps(response).encode()
