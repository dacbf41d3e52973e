"""What Firebase Auth asks before it creates an account or signs somebody in."""

from app.kit import clock, ids
from app.kit.blocking import Attempt, before_sign_in, before_sign_up
from app.kit.errors import PermissionDeniedError
from app.kit.limits import PUBLIC
from app.platform.accounts import policy, store
from app.platform.accounts.models import Session
from app.platform.credentials.policy.linking import SignIn, require_admitted


@before_sign_up(limits=PUBLIC)
def accounts_before_sign_up(attempt: Attempt) -> None:
    """Refuse accounts that nobody could be reached by. No call.

    Terms and age are asked for right after, by `accounts_accept_terms`: nothing that a client
    could tell of them comes with this event.
    """
    if not attempt.email:
        raise PermissionDeniedError("Sign up with an e-mail address.", {"reason": "email"})


@before_sign_in(limits=PUBLIC)
def accounts_before_sign_in(attempt: Attempt) -> dict[str, str]:
    """Store a session document and put its id into the tokens. One commit.

    Disabled accounts are refused by Firebase Auth itself, before this. Errors:
    `permission-denied` for staff whose e-mail address is not verified, and for a provider that
    does not vouch for the account's address, which is then not linked either.
    """
    require_admitted(
        SignIn(attempt.method, attempt.email, attempt.provider_email, attempt.provider_verified)
    )
    policy.require_sign_in(attempt.roles, email_verified=attempt.email_verified)
    session_id = ids.digest("session/v1", attempt.uid, attempt.event_id)
    at = clock.now()
    session = Session(
        uid=attempt.uid,
        created_at=at,
        device=policy.device(attempt.device),
        second_factor=attempt.second_factor,
        expires_at=at + policy.SESSION_KEPT,
    )
    store.begin_session(session_id, session)
    return {"sessionId": session_id}
