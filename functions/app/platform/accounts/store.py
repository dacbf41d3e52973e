"""The only code that reads or writes `accounts`, `sessions` and `role_changes`."""

from datetime import datetime

from app.kit import firestore
from app.kit.firestore import Collection, ConflictError, Snapshot, Write
from app.kit.roles import Role
from app.platform.accounts.models import Account, RoleChange, RoleChangeStatus, Session
from app.platform.audit.models import Action, Touched
from app.platform.records import vault
from app.platform.records.vault import Purpose, Staff

FIRST_ADMIN = "first-admin"
"""The change that can be made once."""
OPERATOR = "operator"
"""Whoever administers the project itself, for the audit log."""

accounts = Collection("accounts", Account)
sessions = Collection("sessions", Session)
role_changes = Collection("role_changes", RoleChange)


def look(uid: str) -> Snapshot[Account]:
    """Return the account of a person as it is now. One read."""
    (seen,) = firestore.read(accounts.key(uid))
    return seen


def begin_session(session_id: str, session: Session) -> None:
    """Store a sign-in; the same one again changes nothing. One commit.

    Raises:
        UnavailableError: it may not have been stored.
    """

    def attempt() -> None:
        try:
            firestore.commit(sessions.create(session_id, session))
        except ConflictError:
            return  # its id is made of the event: what is there is this session

    firestore.retrying(attempt)


def sessions_of(
    uid: str, *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, Session]], str | None]:
    """Return sign-ins of a person with their ids, newest first, and the next cursor."""
    return sessions.newest(of={"uid": uid}, by="createdAt", limit=limit, cursor=cursor)


def changes(*, limit: int, cursor: str | None) -> tuple[list[tuple[str, RoleChange]], str | None]:
    """Return changes of roles with their ids, newest first, and the next cursor."""
    return role_changes.newest(of={}, by="proposedAt", limit=limit, cursor=cursor)


def proposal(change_id: str, change: RoleChange) -> list[Write]:
    """Return the writes of a new change, with its audit entry."""
    return [role_changes.create(change_id, change), _entry(change, change.proposed_by)]


def approval(seen: Snapshot[RoleChange], change: RoleChange) -> list[Write]:
    """Return the writes of a change that was approved, with its audit entry."""
    return [role_changes.replace(seen, change), _entry(change, change.approved_by or "")]


def appoint_first(uid: str, at: datetime) -> bool:
    """Make a person an admin unless somebody else ever was the first; return whether they are.

    Raises:
        UnavailableError: Firestore does not answer.
    """
    first = RoleChange(
        uid=uid,
        role=Role.ADMIN,
        held=True,
        status=RoleChangeStatus.APPLIED,
        proposed_by=OPERATOR,
        proposed_at=at,
        expires_at=at,
        applied_at=at,
    )

    def attempt() -> bool:
        change, account = firestore.read(role_changes.key(FIRST_ADMIN), accounts.key(uid))
        if change.value is not None:
            return bool(change.value.uid == uid)
        value = account.value or Account()
        roles = {"roles": value.roles | {Role.ADMIN}, "unsettled_since": at}
        changed = accounts.replace(account, value.model_copy(update=roles))
        firestore.commit(role_changes.create(FIRST_ADMIN, first), _entry(first, OPERATOR), changed)
        return True

    return firestore.retrying(attempt)


def unsettled(before: datetime, limit: int) -> list[Snapshot[Account]]:
    """Return accounts that changed before then and were not seen to be settled since."""
    return accounts.find(before={"unsettledSince": before}, order_by="unsettledSince", limit=limit)


def settled(seen: Snapshot[Account]) -> None:
    """Note that Firebase Auth knows an account as it was seen; nothing if it changed since.

    Raises:
        UnavailableError: Firestore does not answer.
    """

    def attempt() -> None:
        (current,) = firestore.read(seen.key)
        if current.value is not None and current.seen_at == seen.seen_at:
            value = current.value.model_copy(update={"unsettled_since": None})
            firestore.commit(accounts.replace(current, value))

    firestore.retrying(attempt)


def _entry(change: RoleChange, actor: str) -> Write:
    if change.applied_at is None:
        action = Action.PROPOSE_ROLE
    else:
        action = Action.GIVE_ROLE if change.held else Action.TAKE_ROLE
    return vault.acted(
        action,
        by=Staff(actor, Role.ADMIN, Purpose.OPERATIONS),
        subject=change.uid,
        touched=(Touched(path=f"accounts/{change.uid}", fields=(f"roles.{change.role}",)),),
    )
