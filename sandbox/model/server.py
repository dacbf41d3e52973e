"""The model stand-in: the Gemini Developer API over HTTP, with faults."""

import json
import threading
from collections.abc import Iterator
from typing import Any, Self

from sandbox.http import (
    DroppedConnectionError,
    RefusedError,
    Request,
    Response,
    Route,
    Server,
    html_response,
    json_response,
)
from sandbox.model.faults import ModelFault
from sandbox.model.responses import generated, prompt_tokens, refusal, streamed
from sandbox.standin import Faults, Pauses


class ModelStandIn:
    """A language model that knows no language: its answers depend on the request alone."""

    def __init__(self, *, port: int = 0) -> None:
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._pauses = Pauses()
        self._faults = Faults(ModelFault)
        self._calls: list[dict[str, Any]] = []
        methods = {
            "generateContent": self._generate,
            "streamGenerateContent": self._stream,
            "countTokens": self._count,
        }
        self._server = Server(
            [
                Route("POST", f"/{version}/models/{{model}}:{method}", handler)
                for version in ("v1", "v1beta")
                for method, handler in methods.items()
            ],
            port=port,
            refuse=refusal,
        )

    def start(self) -> Self:
        """Serve."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop at once."""
        self._stopped.set()
        self._pauses.end()
        self._server.stop()

    def environment(self) -> dict[str, str]:
        """Return where it listens."""
        return {"MODEL_API_BASE": self._server.url}

    def status(self) -> dict[str, Any]:
        """Return the number of calls and the faults to come."""
        with self._lock:
            count = len(self._calls)
        return {"calls": count, "faults": self._faults.waiting()}

    def calls(self) -> list[dict[str, Any]]:
        """Return every request: the model, the method and the whole body."""
        with self._lock:
            return list(self._calls)

    def inject(self, fault: dict[str, Any]) -> None:
        """Queue a `ModelFault`."""
        self._faults.add(fault)

    def reset(self) -> None:
        """Forget faults and calls; whoever waits for an answer gets it."""
        self._faults.clear()
        self._pauses.end()
        with self._lock:
            self._calls.clear()

    def _generate(self, request: Request) -> Response:
        body, fault = self._receive(request)
        if failure := self._failure(fault):
            return failure
        response = json_response(generated(body, fault))
        if fault.drip_seconds and isinstance(response.body, bytes):
            return Response(self._dripping(response.body, fault.drip_seconds))
        return response

    def _stream(self, request: Request) -> Response:
        if request.query.get("alt") != "sse":
            raise RefusedError(400, "The stand-in streams with alt=sse only.")
        body, fault = self._receive(request)
        if failure := self._failure(fault):
            return failure
        events = streamed(generated(body, fault), fault.drop_after)
        if fault.drip_seconds:
            events = self._dripping(b"".join(events), fault.drip_seconds)
        return Response(events, content_type="text/event-stream")

    def _count(self, request: Request) -> Response:
        body, fault = self._receive(request)
        return self._failure(fault) or json_response({"totalTokens": prompt_tokens(body)})

    def _receive(self, request: Request) -> tuple[dict[str, Any], ModelFault]:
        """Record a request and return its body with the fault it meets."""
        if "x-goog-api-key" not in request.headers and "key" not in request.query:
            raise RefusedError(403, "The request has no API key.")
        body = request.json()
        method = request.path.rpartition(":")[2]
        call = {"model": request.parameters["model"], "method": method, "body": body}
        with self._lock:
            self._calls.append(call)
        if not isinstance(body, dict) or not body.get("contents"):
            raise RefusedError(400, "contents is not specified")
        sent = json.dumps(body, ensure_ascii=False)
        none = ModelFault.model_construct()
        return body, self._faults.take(lambda fault: fault.applies(method, sent)) or none

    def _failure(self, fault: ModelFault) -> Response | None:
        """Wait as the fault says and return the error it asks for, if it does."""
        self._pauses.wait(fault.sleep_seconds)
        if fault.reset:
            raise DroppedConnectionError
        if fault.html is not None:
            return html_response("<html><h1>Bad Gateway</h1></html>", fault.html)
        if fault.status is not None:
            return refusal(fault.status, "An injected fault.", fault.retry_after_seconds)
        return None

    def _dripping(self, whole: bytes, pause_seconds: float) -> Iterator[bytes]:
        for byte in whole:
            yield bytes([byte])
            if self._stopped.wait(pause_seconds):
                raise DroppedConnectionError
