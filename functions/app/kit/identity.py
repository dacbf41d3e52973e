"""Who calls: the Firebase ID token and the App Check token of a request."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from firebase_admin import app_check, auth
from flask import Request

from app.kit import environment, roles
from app.kit.errors import (
    FailedPreconditionError,
    PermissionDeniedError,
    UnauthenticatedError,
    UnavailableError,
)
from app.kit.roles import Role
from app.kit.terms import TermsVersion

STAFF_SESSION = timedelta(hours=8)
"""How long staff work after a sign-in."""

CLOCK_SKEW = timedelta(seconds=60)

SAFE_UID = re.compile(r"(?!__.*__$)[A-Za-z0-9_-]{1,128}")
"""The uids that Firebase Auth assigns. Imported ones with a slash could escape their path, and
ids between double underscores are Firestore's own."""

NO_TOKEN = (auth.InvalidIdTokenError, ValueError, TypeError, AttributeError)
"""What firebase-admin raises for tokens, the last two for a header or payload that is no object."""


@dataclass(frozen=True)
class Caller:
    """The signed-in person behind a call.

    Attributes:
        uid: their id at Firebase Auth.
        roles: what they are to the product.
        signed_in_at: when they last proved who they are.
        second_factor: whether they proved it in two ways.
        session_id: the document of this sign-in; "" where the sign-in function has not run.
        terms: the version of the terms of use that they accepted; "" for none.
        email_verified: whether they showed that the address of their account is theirs.
    """

    uid: str
    roles: frozenset[Role]
    signed_in_at: datetime
    second_factor: bool
    session_id: str
    terms: str
    email_verified: bool


def caller(request: Request, *, check_revoked: bool) -> Caller:
    """Return who sent `request`.

    Args:
        request: its `Authorization` header holds a Firebase ID token.
        check_revoked: ask Firebase Auth too whether the session was ended or the account
            disabled or deleted since the token was issued (up to an hour ago).

    Raises:
        UnauthenticatedError: no token, or one that is not valid now for this project.
        UnavailableError: the token cannot be checked at the moment.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise UnauthenticatedError("Sign in first.")
    try:
        claims = auth.verify_id_token(token, check_revoked=check_revoked)
    except (auth.RevokedIdTokenError, auth.UserDisabledError, auth.UserNotFoundError) as error:
        raise UnauthenticatedError("This session was ended. Sign in again.") from error
    except auth.ExpiredIdTokenError as error:
        raise UnauthenticatedError("This session has expired. Sign in again.") from error
    except NO_TOKEN as error:
        raise UnauthenticatedError("Sign in first.") from error
    except auth.CertificateFetchError as error:
        raise UnavailableError("Sign-in cannot be checked right now. Try again.") from error
    uid = claims["uid"]
    if not SAFE_UID.fullmatch(uid):
        raise UnauthenticatedError("This account cannot be used here.")
    firebase = claims.get("firebase")
    session_id, terms = claims.get("sessionId"), claims.get("termsVersion")
    return Caller(
        uid=uid,
        roles=roles.known(claims.get("roles")),
        signed_in_at=_signed_in_at(claims),
        second_factor=isinstance(firebase, dict) and bool(firebase.get("sign_in_second_factor")),
        session_id=session_id if isinstance(session_id, str) else "",
        terms=terms if isinstance(terms, str) else "",
        email_verified=claims.get("email_verified") is True,
    )


def address(request: Request) -> str:
    """Return the network address that a request came from.

    Whoever calls can write the left of `X-Forwarded-For`; Google's front end adds the address
    that it saw on the right, and a load balancer before it would add one more
    (`TRUSTED_PROXIES`).
    """
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    hops = environment.trusted_proxies()
    if len(forwarded) >= hops and forwarded[-hops]:
        return forwarded[-hops]
    return request.remote_addr or ""


def require_terms(who: Caller) -> None:
    """Refuse a caller who has not accepted the terms of use in force.

    Raises:
        FailedPreconditionError: they are to accept them, and to get a new token.
    """
    if who.terms != TermsVersion.CURRENT:
        details = {"reason": "terms", "termsVersion": TermsVersion.CURRENT}
        raise FailedPreconditionError("Accept the terms of use first.", details)


def require_role(who: Caller, admitted: frozenset[Role]) -> None:
    """Refuse a caller who holds none of the roles `admitted`; none means anybody.

    A role of staff counts only after a sign-in with a second factor, within `STAFF_SESSION`.

    Raises:
        PermissionDeniedError: none of them is held, or not so that it counts.
    """
    if not admitted:
        return
    held = admitted & who.roles
    if not held:
        raise PermissionDeniedError("Your account has no role for this.")
    if held <= roles.STAFF:
        if not who.second_factor:
            raise PermissionDeniedError(
                "Sign in with your second factor.", {"reason": "second_factor"}
            )
        require_recent(who, STAFF_SESSION)


def require_recent(who: Caller, within: timedelta) -> None:
    """Refuse a caller who proved who they are longer ago than `within`.

    Raises:
        PermissionDeniedError: they are to sign in again.
    """
    if _now() - who.signed_in_at > within:
        raise PermissionDeniedError("Sign in again to do this.", {"reason": "recent_sign_in"})


def require_app_check(request: Request) -> None:
    """Refuse a request that no attested app sent, where App Check is enforced.

    Raises:
        UnauthenticatedError: the header `X-Firebase-AppCheck` holds no valid token.
    """
    if not environment.app_check_enforced():
        return
    try:
        app_check.verify_token(request.headers.get("X-Firebase-AppCheck", ""))
    except Exception as error:  # PyJWT's and firebase-admin's errors have no common base
        raise UnauthenticatedError("This app could not be verified.") from error


def _signed_in_at(claims: dict[str, Any]) -> datetime:
    """Return the time of the sign-in behind a token.

    Raises:
        UnauthenticatedError: there is none, or it lies in the future, as no true one does.
    """
    seconds = claims.get("auth_time")
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise UnauthenticatedError("Sign in first.")
    if not 0 <= seconds <= (_now() + CLOCK_SKEW).timestamp():
        raise UnauthenticatedError("Sign in first.")
    return datetime.fromtimestamp(seconds, UTC)


def _now() -> datetime:
    """Return the time by which Firebase dates tokens, which no test can set."""
    return datetime.now(UTC)
