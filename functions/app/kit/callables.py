"""Callable functions: Firebase's protocol of `httpsCallable`, for signed-in people.

The endpoint is declared with `firebase_functions`; the request is served here, because that
library's handler takes any origin, ignores revocation and logs parts of what clients send.
"""

from collections.abc import Callable
from typing import Any, get_type_hints

from firebase_functions import https_fn
from flask import Request, Response, jsonify

from app.kit import http, identity, wire
from app.kit.errors import InvalidArgumentError
from app.kit.http import CloudFunction
from app.kit.identity import Caller
from app.kit.model import Message

__all__ = ["Caller", "callable_function"]

LIMIT_BYTES = 64 * 1024

type Operation[I: Message, O: Message] = Callable[[I, Caller], O]


def callable_function[I: Message, O: Message](
    *, check_revoked: bool = False, roles: frozenset[str] = frozenset(), **options: Any
) -> Callable[[Operation[I, O]], CloudFunction]:
    """Deploy `operation(request, caller) -> response` as a callable for signed-in people.

    The client's data is parsed into the type of the `request` parameter. A `DomainError` reaches
    the client as its status, message and details; any other exception is logged without its text
    and reaches the client as `INTERNAL`, without detail.

    Args:
        check_revoked: refuse ended sessions and disabled accounts at once, for one more call to
            Firebase Auth.
        roles: the caller holds at least one of them; none means any signed-in person.
        options: fields of `firebase_functions.options.HttpsOptions`, such as `memory`.
    """

    def decorate(operation: Operation[I, O]) -> CloudFunction:
        request_type: type[I] = get_type_hints(operation)["request"]

        def answer(request: Request) -> Response:
            identity.require_app_check(request)
            caller = identity.caller(request, check_revoked=check_revoked)
            identity.require_role(caller, roles)
            response = operation(wire.parse(request_type, _data(request)), caller)
            return jsonify({"result": http.to_json(response)})

        endpoint = https_fn.on_call(**options)(operation).__firebase_endpoint__  # type: ignore[arg-type,attr-defined]  # declared, never called
        return http.deploy(operation, ("POST",), answer, any_origin=False, endpoint=endpoint)

    return decorate


def _data(request: Request) -> Any:
    """Return what the client sent: the `data` of a JSON object that holds nothing else."""
    if request.mimetype != "application/json":
        raise InvalidArgumentError.of("Content-Type", "must be application/json")
    body = wire.read_json(http.body_of(request, LIMIT_BYTES))
    if not isinstance(body, dict) or body.keys() != {"data"}:
        raise InvalidArgumentError.of("body", 'must be {"data": ...} and nothing else')
    return body["data"]
