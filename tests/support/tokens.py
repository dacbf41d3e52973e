"""Unsigned ID tokens, which only emulators accept."""

import base64
import json
import time
from typing import Any

PROJECT = "demo-evergrow"


def claims(uid: str, **changed: Any) -> dict[str, Any]:
    """Return the claims of a person who signed in just now; `changed` replaces some of them."""
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


def _encode(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
