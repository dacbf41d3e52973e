"""Callable functions: Firebase's protocol of `httpsCallable`, for signed-in people.

The endpoint is declared with `firebase_functions`; the request is served here, because that
library's handler takes any origin, ignores revocation and logs parts of what clients send.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_type_hints

from firebase_functions import https_fn
from flask import Request, Response, jsonify

from app.kit import http, identity, roles, wire
from app.kit import limits as rate
from app.kit.errors import InvalidArgumentError
from app.kit.http import CloudFunction
from app.kit.identity import Caller
from app.kit.limits import Limits
from app.kit.model import Message
from app.kit.roles import Role

__all__ = ["Caller", "callable_function", "open_callable"]

LIMIT_BYTES = 64 * 1024

type Operation[I: Message, O: Message] = Callable[[I, Caller], O]
type OpenOperation[I: Message, O: Message] = Callable[[I], O] | Callable[[I, str], O]


def callable_function[I: Message, O: Message](
    *,
    limits: Limits,
    check_revoked: bool = False,
    signed_in_within: timedelta | None = None,
    admitted: frozenset[Role] = frozenset(),
    before_terms: bool = False,
    **options: Any,
) -> Callable[[Operation[I, O]], CloudFunction]:
    """Deploy `operation(request, caller) -> response` as a callable for signed-in people.

    The client's data is parsed into the type of the `request` parameter. A `DomainError` reaches
    the client as its status, message and details; any other exception is logged without its text
    and reaches the client as `INTERNAL`, without detail.

    Args:
        limits: how often it may be called.
        check_revoked: refuse ended sessions and disabled accounts at once, for one more call to
            Firebase Auth. Always so for staff.
        signed_in_within: the caller proved who they are no longer ago than this.
        admitted: the caller holds at least one of these roles; none means any signed-in person.
            Roles of staff count after a recent sign-in with a second factor.
        before_terms: it is also for people who have not accepted the terms of use in force.
            Nobody needs to accept anything to get at their own data, or to leave.
        options: fields of `firebase_functions.options.HttpsOptions`, such as `memory`.
    """
    check_revoked = check_revoked or bool(admitted & roles.STAFF)

    def decorate(operation: Operation[I, O]) -> CloudFunction:
        rate.declare(operation.__name__, limits)
        request_type: type[I] = get_type_hints(operation)["request"]

        def answer(request: Request) -> Response:
            rate.admit_address(operation.__name__, limits, identity.address(request))
            identity.require_app_check(request)
            caller = identity.caller(request, check_revoked=check_revoked)
            rate.admit_person(operation.__name__, limits, caller.uid)
            if not before_terms:
                identity.require_terms(caller)
            identity.require_role(caller, admitted)
            if signed_in_within is not None:
                identity.require_recent(caller, signed_in_within)
            response = operation(wire.parse(request_type, _data(request)), caller)
            return jsonify({"result": http.to_json(response)})

        return _deploy(operation, answer, options)

    return decorate


def open_callable[I: Message, O: Message](
    *, limits: Limits, **options: Any
) -> Callable[[OpenOperation[I, O]], CloudFunction]:
    """Deploy `operation(request) -> response` as a callable that needs no sign-in.

    An operation with a second parameter, `address`, is given the network address of whoever
    calls. It is there for limits alone.

    Args:
        limits: how often it may be called.
        options: fields of `firebase_functions.options.HttpsOptions`.
    """

    def decorate(operation: OpenOperation[I, O]) -> CloudFunction:
        rate.declare(operation.__name__, limits)
        hints = get_type_hints(operation)
        request_type: type[I] = hints["request"]

        def answer(request: Request) -> Response:
            address = identity.address(request)
            rate.admit_address(operation.__name__, limits, address)
            identity.require_app_check(request)
            rest = (address,) if "address" in hints else ()
            response = operation(wire.parse(request_type, _data(request)), *rest)
            return jsonify({"result": http.to_json(response)})

        return _deploy(operation, answer, options)

    return decorate


def _deploy(
    operation: Callable[..., Any], answer: CloudFunction, options: dict[str, Any]
) -> CloudFunction:
    endpoint = https_fn.on_call(**options)(operation).__firebase_endpoint__  # type: ignore[attr-defined]  # declared, never called
    return http.deploy(operation, ("POST",), answer, any_origin=False, endpoint=endpoint)


def _data(request: Request) -> Any:
    """Return what the client sent: the `data` of a JSON object that holds nothing else."""
    if request.mimetype != "application/json":
        raise InvalidArgumentError.of("Content-Type", "must be application/json")
    body = wire.read_json(http.body_of(request, LIMIT_BYTES))
    if not isinstance(body, dict) or body.keys() != {"data"}:
        raise InvalidArgumentError.of("body", 'must be {"data": ...} and nothing else')
    return body["data"]
