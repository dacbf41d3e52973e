"""Accounts, sessions and changes of roles, as stored and as on the wire."""

from datetime import date
from enum import StrEnum
from typing import Any

from app.kit.model import Document, DocumentId, IdempotencyKey, Instant, Message, Revised
from app.kit.pages import PageRequest
from app.kit.roles import Role
from app.kit.terms import TermsVersion


class Account(Revised):
    """`accounts/{uid}`: what the product knows of an account beside Firebase Auth.

    This is the truth; claims and revocation at Firebase Auth follow from it. `sessions_from` is
    when the oldest session that still counts began. `unsettled_since` is when something was
    changed that Firebase Auth may not know yet.
    """

    roles: frozenset[Role] = frozenset()
    terms_version: str = ""
    terms_accepted_at: Instant | None = None
    of_age_since: Instant | None = None
    sessions_from: Instant | None = None
    unsettled_since: Instant | None = None

    @property
    def claims(self) -> dict[str, Any]:
        """The custom claims of Firebase Auth."""
        claims: dict[str, Any] = {}
        if self.roles:
            claims["roles"] = sorted(self.roles)
        if self.terms_version:
            claims["termsVersion"] = self.terms_version
        return claims


class Session(Document):
    """`sessions/{id}`: one sign-in. `device` is its kind, such as "Firefox on Windows"."""

    uid: str
    created_at: Instant
    device: str
    second_factor: bool
    expires_at: Instant


class RoleChangeStatus(StrEnum):
    """How far a change of a role is."""

    PROPOSED = "proposed"
    APPLIED = "applied"


class RoleChange(Revised):
    """`role_changes/{id}`: that a role is given to somebody, or taken from them."""

    uid: str
    role: Role
    held: bool
    status: RoleChangeStatus
    proposed_by: str
    proposed_at: Instant
    expires_at: Instant
    approved_by: str | None = None
    applied_at: Instant | None = None


class AcceptTerms(Message):
    """The request of `accounts_accept_terms`. `birth_date` is needed the first time."""

    idempotency_key: IdempotencyKey
    terms_version: TermsVersion
    birth_date: date | None = None


class TermsAccepted(Message):
    """What `accounts_accept_terms` answers. The next token of the client tells of it."""

    terms_version: TermsVersion
    accepted_at: Instant


class ListSessions(PageRequest):
    """The request of `accounts_list_sessions`."""


class SessionItem(Message):
    """A sign-in of the caller; `ended` by signing out everywhere."""

    session_id: str
    created_at: Instant
    device: str
    second_factor: bool
    current: bool
    ended: bool


class SessionPage(Message):
    """Sign-ins, newest first."""

    items: tuple[SessionItem, ...]
    next_cursor: str | None


class SignOutEverywhere(Message):
    """The request of `accounts_sign_out_everywhere`."""

    idempotency_key: IdempotencyKey


class SignedOut(Message):
    """What `accounts_sign_out_everywhere` answers: sessions that began before then have ended."""

    sessions_from: Instant


class ChangeRole(Message):
    """The request of `accounts_change_role`: whether `person` is to hold `role`."""

    idempotency_key: IdempotencyKey
    person: DocumentId
    role: Role
    held: bool


class ApproveRoleChange(Message):
    """The request of `accounts_approve_role_change`."""

    idempotency_key: IdempotencyKey
    change_id: DocumentId


class ListRoleChanges(PageRequest):
    """The request of `accounts_list_role_changes`."""


class RoleChangeItem(Message):
    """A change of a role, for admins."""

    change_id: str
    person: str
    role: Role
    held: bool
    status: RoleChangeStatus
    proposed_by: str
    proposed_at: Instant
    expires_at: Instant
    approved_by: str | None
    applied_at: Instant | None


class RoleChangePage(Message):
    """Changes of roles, newest first."""

    items: tuple[RoleChangeItem, ...]
    next_cursor: str | None
