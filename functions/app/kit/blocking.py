"""Blocking functions: Firebase Auth asks them before it creates an account or signs somebody in.

Endpoints are declared with `firebase_functions`, and that library checks the token that carries
the event: signature, project, that it is meant for a function. The event is read here, because the
library leaves out the second factor and logs parts of what it cannot read. Firebase Auth waits
seven seconds, and shows a refusal's message and details to the client.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from firebase_admin import auth
from firebase_functions import identity_fn
from firebase_functions.private import token_verifier
from flask import Request, Response, jsonify
from pydantic import ValidationError

from app.kit import http, identity, roles, wire
from app.kit import limits as rate
from app.kit.errors import (
    InvalidArgumentError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnavailableError,
)
from app.kit.http import CloudFunction
from app.kit.limits import Limits
from app.kit.model import Document
from app.kit.roles import Role

LIMIT_BYTES = 64 * 1024

type Claims = Mapping[str, Any]
type Operation = Callable[[Attempt], Claims | None]


@dataclass(frozen=True)
class Attempt:
    """Somebody who signs up or in.

    Attributes:
        event_id: the same when Firebase Auth asks again.
        uid: their id, fit for a document's path.
        email: their address; "" for an account without one.
        email_verified: whether they showed that it is theirs.
        roles: the roles of their account so far.
        second_factor: whether they proved who they are in two ways.
        device: what their browser or app says that it is.
        method: how they sign in: `password`, or the provider's name, such as `google.com`.
        provider_email: the address that the provider knows; "" without one.
        provider_verified: whether the provider vouches for it.
    """

    event_id: str
    uid: str
    email: str
    email_verified: bool
    roles: frozenset[Role]
    second_factor: bool
    device: str
    method: str
    provider_email: str
    provider_verified: bool


class _Provider(Document):
    provider_id: str
    email: str | None = None


class _User(Document):
    uid: str
    email: str | None = None
    email_verified: bool | None = None
    custom_claims: dict[str, Any] | None = None
    provider_data: tuple[_Provider, ...] = ()


class _Event(Document):
    event_id: str
    event_type: str
    user_record: _User
    ip_address: str = ""
    user_agent: str = ""
    sign_in_method: str = ""
    sign_in_second_factor: str | None = None
    raw_user_info: str | None = None


def before_sign_up(*, limits: Limits, **options: Any) -> Callable[[Operation], CloudFunction]:
    """Deploy `operation(attempt)` to be asked before an account is created.

    A `DomainError` refuses it. What it returns is ignored.

    Args:
        limits: how often; of an address it is the client's.
        options: fields of `firebase_functions.options.BlockingOptions`.
    """
    return _blocking(identity_fn.before_user_created, "beforeCreate", limits, options)


def before_sign_in(*, limits: Limits, **options: Any) -> Callable[[Operation], CloudFunction]:
    """Deploy `operation(attempt) -> claims` to be asked before somebody is signed in.

    The claims are in every token of that sign-in. A `DomainError` refuses it.

    Args:
        limits: how often; of an address it is the client's.
        options: fields of `firebase_functions.options.BlockingOptions`.
    """
    return _blocking(identity_fn.before_user_signed_in, "beforeSignIn", limits, options)


def _blocking(
    declare: Any, event_type: str, limits: Limits, options: dict[str, Any]
) -> Callable[[Operation], CloudFunction]:
    def decorate(operation: Operation) -> CloudFunction:
        name = operation.__name__
        rate.declare(name, limits)

        def answer(request: Request) -> Response:
            event = _event(request, event_type)
            rate.admit_address(name, limits, event.ip_address)
            claims = operation(_attempt(event))
            if not claims:
                return jsonify({})
            record = {"sessionClaims": claims, "updateMask": "sessionClaims"}
            return jsonify({"userRecord": record})

        endpoint = declare(**options)(operation).__firebase_endpoint__
        return http.deploy(operation, ("POST",), answer, any_origin=False, endpoint=endpoint)

    return decorate


def _event(request: Request, event_type: str) -> _Event:
    """Return the event in a request.

    Raises:
        InvalidArgumentError: the body is no event.
        UnauthenticatedError: Firebase Auth did not send it, or for something else.
        UnavailableError: that cannot be checked now.
    """
    body = wire.read_json(http.body_of(request, LIMIT_BYTES))
    data = body.get("data") if isinstance(body, dict) else None
    token = data.get("jwt") if isinstance(data, dict) else None
    if not isinstance(token, str):
        raise InvalidArgumentError.of("data", 'must be {"jwt": ...}')
    try:
        payload = token_verifier.verify_auth_blocking_token(token)  # type: ignore[no-untyped-call]
        event = _Event.model_validate(payload)
    except auth.CertificateFetchError as error:
        raise UnavailableError("Sign-in cannot be checked right now. Try again.") from error
    except ValidationError as error:
        raise InvalidArgumentError.of("data", "is no event of Firebase Auth") from error
    except (token_verifier.InvalidAuthBlockingTokenError, *identity.NO_TOKEN) as error:
        raise UnauthenticatedError("Only Firebase Auth calls this.") from error
    if event.event_type != event_type:
        raise UnauthenticatedError("Only Firebase Auth calls this.")
    return event


def _attempt(event: _Event) -> Attempt:
    user = event.user_record
    if not identity.SAFE_UID.fullmatch(user.uid):
        raise PermissionDeniedError("This account cannot be used here.")
    provider_email, provider_verified = _vouched(event)
    return Attempt(
        event_id=event.event_id,
        uid=user.uid,
        email=user.email or "",
        email_verified=bool(user.email_verified),
        roles=roles.known((user.custom_claims or {}).get("roles")),
        second_factor=bool(event.sign_in_second_factor),
        device=event.user_agent,
        method=event.sign_in_method,
        provider_email=provider_email,
        provider_verified=provider_verified,
    )


def _vouched(event: _Event) -> tuple[str, bool]:
    """Return the address that the provider knows, and whether it vouches for it.

    The provider's own words come with the first factor. With a second one there are none, and what
    Firebase Auth kept of them counts.
    """
    if event.raw_user_info:
        said = wire.read_json(event.raw_user_info.encode())
        info = said if isinstance(said, dict) else {}
        email = info.get("email")
        # Google's user info has one name and its ID token the other; Apple's may be a text.
        verified = info.get("verified_email", info.get("email_verified"))
        return (email if isinstance(email, str) else ""), verified in (True, "true")
    kept = {known.provider_id: known.email for known in event.user_record.provider_data}
    return kept.get(event.sign_in_method) or "", bool(event.user_record.email_verified)
