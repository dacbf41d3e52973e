"""Who is paid, and what their account at Stripe can do."""

from datetime import datetime

from app.kit import ids
from app.kit.errors import PermissionDeniedError
from app.kit.roles import Role
from app.platform.connect.models.documents import Payee, PayeeKind, PayeeState
from app.platform.mail.models import Locale
from app.platform.payments.models.documents import ConnectedAccount, Reference

REFERENCE_KIND = "payee"
_ROLES = {PayeeKind.COACH: Role.COACH, PayeeKind.VENDOR: Role.VENDOR}


def payee_id(uid: str, kind: PayeeKind) -> str:
    """Return the id of somebody as a payee; it tells nothing of them."""
    return ids.digest("payee/v1", uid, kind)


def reference(of: str) -> Reference:
    """Return what an account at Stripe is for."""
    return Reference(kind=REFERENCE_KIND, id=of)


def require_role(roles: frozenset[Role], kind: PayeeKind) -> None:
    """Refuse who is not what they want to be paid as.

    Raises:
        PermissionDeniedError: they hold another role.
    """
    if _ROLES[kind] not in roles:
        raise PermissionDeniedError("You do not have the role for this.")


def opened(uid: str, kind: PayeeKind, account_id: str, locale: Locale, at: datetime) -> Payee:
    """Return somebody whose account was just opened."""
    return Payee(
        uid=uid, kind=kind, account_id=account_id, locale=locale, created_at=at, updated_at=at
    )


def follow(payee: Payee, account_id: str, account: ConnectedAccount, at: datetime) -> Payee:
    """Return a payee as their account is now; the same where it is not theirs or nothing is new.

    A call that ends before it keeps the account that it made leaves one that is nobody's.
    """
    if payee.account_id != account_id:
        return payee
    if not account.details_submitted:
        state = PayeeState.ONBOARDING
    elif account.transfers_active and account.payouts_enabled:
        state = PayeeState.ACTIVE
    else:
        state = PayeeState.RESTRICTED
    seen = {
        "state": state,
        "transfers_active": account.transfers_active,
        "payouts_enabled": account.payouts_enabled,
        "due": account.due,
        "past_due": account.past_due,
        "disabled": account.disabled,
    }
    if all(getattr(payee, name) == value for name, value in seen.items()):
        return payee
    return payee.model_copy(update=seen | {"updated_at": at})
