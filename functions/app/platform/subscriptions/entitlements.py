"""What people may do by what they pay for, the interface of this domain to all others."""

from datetime import datetime
from typing import TYPE_CHECKING

from app.kit.errors import FailedPreconditionError
from app.platform.subscriptions import store
from app.platform.subscriptions.models.plans import Plan
from app.platform.subscriptions.policy.entitlements import Entitlement, combined

if TYPE_CHECKING:
    from app.kit.firestore import Key
    from app.platform.subscriptions.models.documents import Entitlements

__all__ = ["Entitlement", "key", "of", "require_room"]


def key(uid: str) -> "Key[Entitlements]":
    """Return the place of what a person's subscriptions are, for an operation's batched read."""
    return store.entitlements.key(uid)


def of(seen: "Entitlements | None", now: datetime) -> Entitlement:
    """Return what a person may do at this moment, by what is at `key`."""
    return combined(seen.subscriptions if seen else (), now)


def require_room(limit: int | None, used: int) -> None:
    """Pass who has used less of something than their plan includes.

    Args:
        limit: how much that is; None for any number.
        used: how much they have.

    Raises:
        FailedPreconditionError: it takes a better plan; `details` say which.
    """
    if limit is not None and used >= limit:
        raise FailedPreconditionError(
            f"Your plan includes {limit} of these. Premium includes any number.",
            {"reason": "plan", "plan": Plan.PREMIUM, "limit": limit},
        )
