"""Consents as clients give them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4


def general(kind: str = "processing", **changes: Any) -> dict[str, Any]:
    """Return the request that gives a general consent."""
    return {"kind": kind, "version": 1, "locale": "en", "idempotencyKey": str(uuid4())} | changes


FITTING: dict[str, dict[str, Any]] = {
    "consent": {"purposes": ["treatment", "coaching"]},
    "tpo": {"purposes": ["treatment", "payment", "operations"]},
    "counselling_notes": {"categories": ["counselling_notes"], "disclosers": ["secondwind"]},
    "legal_proceeding": {"purposes": ["legal_proceeding"]},
}


def form(kind: str, at: datetime, **changes: Any) -> dict[str, Any]:
    """Return a written consent of this kind with nothing missing, signed at a moment."""
    return (
        {
            "patientName": "Ann Example",
            "disclosers": ["evergrow360", "secondwind"],
            "categories": ["coaching", "recovery"],
            "recipientUid": "doc",
            "recipientName": "Dr Dana Doe",
            "purposes": ["treatment"],
            "revocationUnderstood": True,
            "expiresAt": (at + timedelta(days=90)).isoformat(),
            "signature": "ann  example",
            "attested": True,
            "signedAt": at.isoformat(),
            "redisclosureUnderstood": True,
            "refusalUnderstood": True,
        }
        | FITTING[kind]
        | changes
    )


def written(kind: str, at: datetime, **changes: Any) -> dict[str, Any]:
    """Return the request that gives a consent of 42 CFR Part 2."""
    return general(kind, part2=form(kind, at, **changes))
