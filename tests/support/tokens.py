"""Unsigned ID tokens, which only emulators accept."""

import base64
import json
import secrets
import time
from typing import Any

PROJECT = "demo-evergrow"
TERMS = "2026-12-01"
"""The version of the terms of use that is in force."""


def claims(uid: str, **changed: Any) -> dict[str, Any]:
    """Return the claims of who signed in just now and accepted the terms, but for `changed`."""
    now = int(time.time())
    return {
        "iss": f"https://securetoken.google.com/{PROJECT}",
        "aud": PROJECT,
        "sub": uid,
        "user_id": uid,
        "iat": now,
        "exp": now + 3600,
        "auth_time": now,
        "firebase": {"sign_in_provider": "custom", "identities": {}},
        "termsVersion": TERMS,
        **changed,
    }


def staff(*roles: str) -> dict[str, Any]:
    """Return the claims of who signed in with a second factor and holds these roles."""
    firebase = {
        "sign_in_provider": "password",
        "identities": {},
        "sign_in_second_factor": "phone",
    }
    return {"roles": list(roles), "firebase": firebase}


def id_token(uid: str, **changed: Any) -> str:
    """Return an unsigned token (`alg: none`) of `claims(uid, **changed)`."""
    return f"{_encode({'alg': 'none', 'typ': 'JWT'})}.{_encode(claims(uid, **changed))}."


def blocking_token(event_type: str, uid: str, **changed: Any) -> str:
    """Return the event that the Auth emulator sends to a blocking function."""
    now = int(time.time())
    event = {
        "iss": f"https://securetoken.google.com/{PROJECT}",
        "aud": "http://127.0.0.1/function",
        "iat": now,
        "exp": now + 600,
        "event_id": secrets.token_urlsafe(16),
        "event_type": event_type,
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "ip_address": "203.0.113.7",
        "locale": "en",
        "sub": uid,
        "sign_in_method": "password",
        **changed,
    }
    user = {"uid": uid, "email": f"{uid}@example.org", "email_verified": False}
    event["user_record"] = {**user, "provider_data": [], **changed.get("user_record", {})}
    return f"{_encode({'alg': 'none', 'typ': 'JWT'})}.{_encode(event)}."


def _encode(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
