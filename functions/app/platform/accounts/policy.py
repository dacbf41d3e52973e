"""Who may hold accounts and roles. Pure."""

from datetime import UTC, date, datetime, timedelta

from app.kit.errors import FailedPreconditionError, PermissionDeniedError
from app.kit.roles import STAFF, Role
from app.kit.terms import TermsVersion
from app.platform.accounts.models import (
    Account,
    RoleChange,
    RoleChangeStatus,
    Session,
)

AGE = 18
"""Years. Contracts, and consent to share records of treatment, are made by adults."""
PROPOSAL_KEPT = timedelta(days=7)
SESSION_KEPT = timedelta(days=365)
FOUR_EYES = frozenset({Role.ADMIN})
"""Roles that no single admin gives or takes."""

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


class UnderAgeError(FailedPreconditionError):
    """Somebody is too young for an account."""

    def __init__(self) -> None:
        super().__init__(
            f"Accounts are for people of {AGE} years and older.", {"reason": "age", "years": AGE}
        )


def of_age(birth_date: date, today: date) -> bool:
    """Whether somebody is `AGE` years old; born on 29 February, from 1 March of other years."""
    years = today.year - birth_date.year
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return (years if had_birthday else years - 1) >= AGE


def accepted(account: Account, birth_date: date | None, at: datetime) -> Account:
    """Return the account once its person accepted the terms in force.

    Raises:
        UnderAgeError: they are too young, by what they say the first time.
        FailedPreconditionError: they did not say when they were born.
    """
    of_age_since = account.of_age_since
    if of_age_since is None:
        if birth_date is None:
            raise FailedPreconditionError("Say when you were born.", {"reason": "birth_date"})
        if not of_age(birth_date, at.date()):
            raise UnderAgeError
        of_age_since = at
    return account.model_copy(
        update={
            "terms_version": TermsVersion.CURRENT.value,
            "terms_accepted_at": at,
            "of_age_since": of_age_since,
            "unsettled_since": at,
        }
    )


def sessions_from(at: datetime) -> datetime:
    """Return from when sessions count after everything up to `at` was ended.

    Tokens are dated in whole seconds, so the second of `at` is over before the first new one.
    """
    return datetime.fromtimestamp(int(at.timestamp()) + 1, UTC)


def signed_out(account: Account, at: datetime) -> Account:
    """Return the account with every session ended that began until `at`."""
    return account.model_copy(update={"sessions_from": sessions_from(at), "unsettled_since": at})


def ended(session: Session, account: Account) -> bool:
    """Whether a session was ended by signing out everywhere."""
    return account.sessions_from is not None and session.created_at < account.sessions_from


def require_sign_in(roles: frozenset[Role], *, email_verified: bool) -> None:
    """Refuse the sign-in of staff whose e-mail address may be somebody else's.

    Raises:
        PermissionDeniedError: they are to verify it first.
    """
    if roles & STAFF and not email_verified:
        raise PermissionDeniedError("Verify your e-mail address first.", {"reason": "email"})


def require_admin(account: Account | None) -> None:
    """Refuse who is no admin by their document, whatever their token says.

    Raises:
        PermissionDeniedError: they are none, or no longer.
    """
    if account is None or Role.ADMIN not in account.roles:
        raise PermissionDeniedError("Your account has no role for this.")


def require_change(by: str, uid: str, role: Role, *, held: bool, account: Account) -> None:
    """Refuse a change of a role that `by` may not make, or that changes nothing.

    Raises:
        PermissionDeniedError: it is their own.
        FailedPreconditionError: it is so already.
    """
    if by == uid:
        raise PermissionDeniedError("Somebody else changes your roles.", {"reason": "own_role"})
    if (role in account.roles) == held:
        problem = "holds" if held else "does not hold"
        raise FailedPreconditionError(f"This person {problem} this role already.")


def require_approval(by: str, change: RoleChange, at: datetime) -> None:
    """Refuse an approval by who proposed it or whom it is about, or of what is no proposal now.

    Raises:
        PermissionDeniedError: a second pair of eyes is needed, of somebody whom it is not about.
        FailedPreconditionError: it was applied already, or is too old.
    """
    if by in {change.proposed_by, change.uid}:
        raise PermissionDeniedError("Another admin approves this.", {"reason": "four_eyes"})
    if change.status is not RoleChangeStatus.PROPOSED:
        raise FailedPreconditionError("This was approved already.")
    if at >= change.expires_at:
        raise FailedPreconditionError("This proposal is too old. Propose it again.")


def applied(change: RoleChange, *, by: str | None, at: datetime) -> RoleChange:
    """Return a change once it is made; `by` is who approved it, None where nobody needed to."""
    status = RoleChangeStatus.APPLIED
    return change.model_copy(update={"status": status, "approved_by": by, "applied_at": at})


def with_change(account: Account, change: RoleChange, at: datetime) -> Account:
    """Return the account after a change; without a role of staff that it had, its sessions end."""
    role = {change.role}
    roles = account.roles | role if change.held else account.roles - role
    changed = account.model_copy(update={"roles": roles, "unsettled_since": at})
    return changed if change.held or change.role not in STAFF else signed_out(changed, at)


def device(user_agent: str) -> str:
    """Return the kind of device that a browser names, too coarse to tell people apart."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return " on ".join(filter(None, (browser, system))) or "Unknown device"
