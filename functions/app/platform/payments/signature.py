"""Stripe's webhook signature, checked without the SDK, which costs each cold start 0.3 s."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime

TOLERANCE_SECONDS = 300

_TIME = re.compile(r"[0-9]{1,12}")


def is_genuine(body: bytes, header: str, secrets: Iterable[str], at: datetime) -> bool:
    """Whether Stripe signed `body` within `TOLERANCE_SECONDS` of `at`, before or after.

    Args:
        body: the bytes as they came.
        header: `Stripe-Signature`, such as `t=1767225600,v1=5257a8...`.
        secrets: of the endpoint; several while one is being replaced.
        at: the time of receipt.
    """
    items = [item.partition("=") for item in header.split(",")]
    signed_at = next((value for name, _, value in items if name == "t"), "")
    if not _TIME.fullmatch(signed_at):
        return False
    if abs(at.timestamp() - int(signed_at)) > TOLERANCE_SECONDS:
        return False
    message = b"%d.%b" % (int(signed_at), body)
    given = [value.encode() for name, _, value in items if name == "v1"]
    expected = [
        hmac.new(secret.encode(), message, hashlib.sha256).hexdigest().encode()
        for secret in secrets
    ]
    return any(hmac.compare_digest(one, other) for one in given for other in expected)
