"""Firebase Auth's records of people."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from firebase_admin import auth

from app.platform.credentials.gateway import answering


@dataclass(frozen=True)
class Person:
    """What Firebase Auth says of an account."""

    email_verified: bool


def identifiers(uid: str) -> tuple[str, ...]:
    """Return what the account of a person tells who they are: name, e-mail address, phone number.

    One call. Nothing for an account that is gone.

    Raises:
        UnavailableError: Firebase Auth does not answer.
    """
    user = _user(uid)
    if user is None:
        return ()
    return tuple(filter(None, (user.display_name, user.email, user.phone_number)))


def person(uid: str) -> Person | None:
    """Return somebody by their uid, or None where there is no such account. One call.

    Raises:
        UnavailableError: Firebase Auth does not answer.
    """
    user = _user(uid)
    return None if user is None else Person(email_verified=bool(user.email_verified))


def settle(uid: str, claims: dict[str, Any], sessions_from: datetime | None) -> None:
    """Make an account's claims these, and end its sessions from before `sessions_from`.

    One call, two where something is to be changed. Nothing for an account that is gone.

    Raises:
        UnavailableError: Firebase Auth does not answer.
    """
    user = _user(uid)
    if user is None:
        return
    changes: dict[str, Any] = {}
    if (user.custom_claims or {}) != claims:
        changes["custom_claims"] = claims
    since = 0 if sessions_from is None else int(sessions_from.timestamp())
    if user.tokens_valid_after_timestamp < since * 1000:  # else a later end would be undone
        changes["valid_since"] = since
    if not changes:
        return
    with answering():
        auth.update_user(uid, **changes)


def delete(uid: str) -> None:
    """Delete an account at Firebase Auth; one that is gone stays so. One call.

    Raises:
        UnavailableError: Firebase Auth does not answer.
    """
    with answering():
        auth.delete_user(uid)


def last_seen(uid: str) -> datetime | None:
    """Return when a person last signed in, or their client renewed its token, as it does hourly.

    One call. None for an account that is gone, or that was never used.

    Raises:
        UnavailableError: Firebase Auth does not answer.
    """
    user = _user(uid)
    if user is None:
        return None
    times = user.user_metadata
    seen = [t for t in (times.last_sign_in_timestamp, times.last_refresh_timestamp) if t]
    return datetime.fromtimestamp(max(seen) / 1000, UTC) if seen else None


def record(uid: str) -> dict[str, Any]:
    """Return what Firebase Auth keeps of a person's account, without their password's hash.

    One call. Nothing for an account that is gone.

    Raises:
        UnavailableError: Firebase Auth does not answer.
    """
    user = _user(uid)
    if user is None:
        return {}
    times = user.user_metadata
    return {
        "uid": user.uid,
        "email": user.email,
        "emailVerified": user.email_verified,
        "displayName": user.display_name,
        "phoneNumber": user.phone_number,
        "photoUrl": user.photo_url,
        "disabled": user.disabled,
        "roles": (user.custom_claims or {}).get("roles", []),
        "providers": [
            {
                "provider": info.provider_id,
                "uid": info.uid,
                "email": info.email,
                "displayName": info.display_name,
                "phoneNumber": info.phone_number,
                "photoUrl": info.photo_url,
            }
            for info in user.provider_data
        ],
        "createdAt": _instant(times.creation_timestamp),
        "lastSignedInAt": _instant(times.last_sign_in_timestamp),
        "lastActiveAt": _instant(times.last_refresh_timestamp),
    }


def _instant(milliseconds: int | None) -> str | None:
    at = None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _user(uid: str) -> Any:
    with answering():
        return auth.get_user(uid)
    return None
