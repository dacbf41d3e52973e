"""Google's own callers: Cloud Tasks and Cloud Scheduler, told by the OIDC tokens that they send.

Deployment makes these functions private, so that Cloud Run admits their service account alone.
This check stands behind that one: it holds too where somebody opened a service by mistake.
"""

from functools import cache
from typing import Any
from urllib.parse import urlsplit

from firebase_admin import _token_gen
from flask import Request
from google.auth import exceptions
from google.oauth2 import id_token

from app.kit import environment
from app.kit.errors import UnauthenticatedError, UnavailableError

CERTIFICATES_URL = "https://www.googleapis.com/oauth2/v1/certs"
ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
FETCH_SECONDS = 5
_NO_TOKEN = (exceptions.GoogleAuthError, ValueError, TypeError, AttributeError, KeyError)


def require_invoker(function: str, request: Request) -> None:
    """Refuse a request that neither a queue nor a schedule of this project sent for `function`.

    The emulator, which sends no tokens, is let in.

    Raises:
        UnauthenticatedError: its token is missing, of somebody else, or for something else.
        UnavailableError: that cannot be checked now.
    """
    if environment.emulated():
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not _is_ours(function, request, _claims(token)):
        raise UnauthenticatedError("Only the queue or the schedule calls this.")


def _claims(token: str) -> dict[str, Any]:
    try:
        claims = id_token.verify_token(token, _certificates(), certs_url=CERTIFICATES_URL)
    except exceptions.TransportError as error:
        raise UnavailableError("The caller cannot be checked right now.") from error
    except _NO_TOKEN as error:
        raise UnauthenticatedError("Only the queue or the schedule calls this.") from error
    return dict(claims)


def _is_ours(function: str, request: Request, claims: dict[str, Any]) -> bool:
    return (
        claims.get("iss") in ISSUERS
        and claims.get("email_verified") is True
        and claims.get("email") in environment.invokers()
        and _for_here(function, request, str(claims.get("aud")))
    )


def _for_here(function: str, request: Request, audience: str) -> bool:
    """Whether a token was made for this function: for its address of either generation.

    Cloud Tasks and Cloud Scheduler take the address that they call for the audience. Which host of
    Cloud Run is this service's is known by where the request came, since Google's front end
    leads no other name here.
    """
    region_host = f"{environment.REGION}-{environment.project()}.cloudfunctions.net"
    address = urlsplit(audience)
    if address.scheme != "https" or address.query or address.fragment:
        return False
    if address.netloc == region_host:
        return address.path == f"/{function}"
    service = function.lower().replace("_", "-")
    return (
        address.netloc == request.host
        and address.netloc.startswith(f"{service}-")
        and address.netloc.endswith(".run.app")
    )


@cache
def _certificates() -> Any:
    """Return what fetches Google's certificates, and keeps them while they are fresh."""
    return _token_gen.CertificateFetchRequest(FETCH_SECONDS)
