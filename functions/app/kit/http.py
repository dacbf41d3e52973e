"""HTTP functions: one corridor for size, origin, errors, headers and logs.

Callables (`app.kit.callables`) run through the same corridor.
"""

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any, cast, get_type_hints

from firebase_functions import https_fn
from flask import Request, Response, jsonify
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from app.kit import environment, identity, logs, wire
from app.kit import limits as rate
from app.kit.errors import DomainError, InvalidArgumentError, PermissionDeniedError
from app.kit.limits import Limits
from app.kit.model import Message

MAX_QUERY_BYTES = 4096
PREFLIGHT_SECONDS = 3600

type CloudFunction = Callable[[Request], Response]


def public_get[I: Message, O: Message](
    *, limits: Limits, cache_seconds: int = 0, **options: Any
) -> Callable[[Callable[[I], O]], CloudFunction]:
    """Deploy `operation(request) -> response` as a public read over GET, for any origin.

    The query parameters are parsed into the type of the `request` parameter.

    Args:
        limits: how often it may be called.
        cache_seconds: how long caches may keep an answer.
        options: fields of `firebase_functions.options.HttpsOptions`.
    """

    def decorate(operation: Callable[[I], O]) -> CloudFunction:
        rate.declare(operation.__name__, limits)
        request_type: type[I] = get_type_hints(operation)["request"]

        def answer(request: Request) -> Response:
            rate.admit_address(operation.__name__, limits, identity.address(request))
            reply = jsonify(to_json(operation(wire.parse(request_type, query(request)))))
            if cache_seconds:
                reply.headers["Cache-Control"] = f"public, max-age={cache_seconds}"
            return reply

        return deploy(
            operation, ("GET",), answer, any_origin=True, endpoint=declared(operation, options)
        )

    return decorate


def signed_post(
    *, limits: Limits, limit_bytes: int, **options: Any
) -> Callable[[Callable[[bytes, Mapping[str, str]], None]], CloudFunction]:
    """Deploy `operation(body, headers)` as a webhook: it checks the sender's signature itself."""

    def decorate(operation: Callable[[bytes, Mapping[str, str]], None]) -> CloudFunction:
        rate.declare(operation.__name__, limits)

        def answer(request: Request) -> Response:
            rate.admit_address(operation.__name__, limits, identity.address(request))
            headers = cast("Mapping[str, str]", request.headers)  # reads names in any case
            operation(body_of(request, limit_bytes), headers)
            return jsonify({})

        return deploy(
            operation, ("POST",), answer, any_origin=False, endpoint=declared(operation, options)
        )

    return decorate


def deploy(
    operation: Callable[..., Any],
    methods: tuple[str, ...],
    answer: CloudFunction,
    *,
    any_origin: bool,
    endpoint: Any,
) -> CloudFunction:
    """Return the Cloud Function that runs every request to `operation` through the corridor.

    Args:
        operation: gives the function its name.
        methods: the HTTP methods it takes.
        answer: parses, runs and answers one request; refuses with a `DomainError`.
        any_origin: whether pages of any origin may read the answer.
        endpoint: what is declared for deployment.
    """
    name = operation.__name__

    @functools.wraps(operation)
    def handle(request: Request) -> Response:
        started = time.perf_counter()
        logs.follow(request.headers.get("X-Cloud-Trace-Context", ""))
        allow = ""
        try:
            allow = _allowed_origin(request, any_origin=any_origin)
            if request.method == "OPTIONS":
                reply = Response(status=204)
                reply.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
            elif request.method in methods:
                reply = answer(request)
            else:
                problem = f"must be {' or '.join(methods)}"
                reply = refusal(InvalidArgumentError.of("method", problem), 405)
                reply.headers["Allow"] = ", ".join(methods)
        except DomainError as error:
            reply = refusal(error)
        except Exception as error:  # noqa: BLE001  # whatever it is, the client learns nothing of it
            logs.failure(f"{name} failed", error, function=name)
            reply = _error("INTERNAL", "Something went wrong.", 500)
        _protect(reply, allow, methods)

        def tell() -> None:
            logs.write(
                logs.Severity.INFO,
                name,
                function=name,
                http_status=reply.status_code,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
            )

        if reply.is_streamed:
            reply.call_on_close(tell)
        else:
            tell()
        return reply

    handle.__firebase_endpoint__ = endpoint  # type: ignore[attr-defined]  # what discovery reads
    return cast("CloudFunction", handle)


def body_of(request: Request, limit_bytes: int) -> bytes:
    """Return the body of `request`, reading no more than `limit_bytes`.

    Raises:
        InvalidArgumentError: it is longer, or was cut off.
    """
    request.max_content_length = limit_bytes
    try:
        return request.get_data()
    except RequestEntityTooLarge as error:
        raise TooLargeError(limit_bytes) from error
    except ClientDisconnected as error:
        raise InvalidArgumentError.of("body", "ended early") from error


class TooLargeError(InvalidArgumentError):
    """The body is longer than the function reads."""

    http_status = 413

    def __init__(self, limit_bytes: int) -> None:
        problem = f"must not exceed {limit_bytes} bytes"
        super().__init__(f"body: {problem}", [{"field": "body", "problem": problem}])


def to_json(message: Message) -> dict[str, Any]:
    """Return `message` as it goes over the wire."""
    return message.model_dump(mode="json", by_alias=True)


def refusal(error: DomainError, http_status: int | None = None) -> Response:
    """Return the answer that carries `error`, in the form that Firebase clients read."""
    status = error.code.upper().replace("-", "_")
    return _error(status, str(error), http_status or error.http_status, error.details)


def declared(operation: Callable[..., Any], options: dict[str, Any]) -> Any:
    """Return what is declared for the deployment of an HTTP function."""
    return https_fn.on_request(**options)(operation).__firebase_endpoint__  # type: ignore[attr-defined]  # the decorator sets it


def _error(status: str, message: str, http_status: int, details: Any = None) -> Response:
    body = {"status": status, "message": message}
    reply = jsonify({"error": body if details is None else {**body, "details": details}})
    reply.status_code = http_status
    if status in {"UNAVAILABLE", "RESOURCE_EXHAUSTED"}:
        after = details.get("retryAfterSeconds", 1) if isinstance(details, dict) else 1
        reply.headers["Retry-After"] = str(after)
    return reply


def query(request: Request) -> dict[str, str]:
    """Return the query parameters of `request`.

    Raises:
        InvalidArgumentError: they are too long, one stands twice, or holds what no text may.
    """
    if len(request.query_string) > MAX_QUERY_BYTES:
        raise InvalidArgumentError.of("query", f"must not exceed {MAX_QUERY_BYTES} bytes")
    for name, values in request.args.lists():
        if len(values) > 1:
            raise InvalidArgumentError.of(name[: wire.MAX_NAME], "stands twice")
    return wire.checked(request.args.to_dict())


def _allowed_origin(request: Request, *, any_origin: bool) -> str:
    """Return the origin that may read the answer; "" where no page asked."""
    if any_origin:
        return "*"
    origin = request.headers.get("Origin")
    if origin is None:
        return ""
    if origin not in environment.allowed_origins():
        raise PermissionDeniedError("Pages of this site may not call here.")
    return origin


def _protect(reply: Response, origin: str, methods: tuple[str, ...]) -> None:
    headers = reply.headers
    headers.setdefault("Cache-Control", "no-store")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if origin != "*":
        headers.add("Vary", "Origin")
    if origin:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Allow-Methods"] = ", ".join(methods)
        headers["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, Firebase-Instance-ID-Token, X-Firebase-AppCheck"
        )
