"""Who calls: the Firebase ID token and the App Check token of a request."""

import re
from dataclasses import dataclass

from firebase_admin import app_check, auth
from flask import Request

from app.kit import environment
from app.kit.errors import PermissionDeniedError, UnauthenticatedError, UnavailableError

SAFE_UID = re.compile(r"(?!__.*__$)[A-Za-z0-9_-]{1,128}")
"""The uids that Firebase Auth assigns. Imported ones with a slash could escape their path, and
ids between double underscores are Firestore's own."""

_NO_TOKEN = (auth.InvalidIdTokenError, ValueError, TypeError, AttributeError)
"""What firebase-admin raises for tokens, the last two for a header or payload that is no object."""


@dataclass(frozen=True)
class Caller:
    """The signed-in person behind a call."""

    uid: str
    roles: frozenset[str]


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
    except _NO_TOKEN as error:
        raise UnauthenticatedError("Sign in first.") from error
    except auth.CertificateFetchError as error:
        raise UnavailableError("Sign-in cannot be checked right now. Try again.") from error
    uid = claims["uid"]
    if not SAFE_UID.fullmatch(uid):
        raise UnauthenticatedError("This account cannot be used here.")
    roles = claims.get("roles", [])
    return Caller(
        uid=uid,
        roles=frozenset(roles) if isinstance(roles, list) else frozenset(),
    )


def require_role(who: Caller, roles: frozenset[str]) -> None:
    """Refuse a caller who holds none of `roles`; no roles asked means anybody.

    Raises:
        PermissionDeniedError: none of them is held.
    """
    if roles and not roles & who.roles:
        raise PermissionDeniedError("Your account has no role for this.")


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
