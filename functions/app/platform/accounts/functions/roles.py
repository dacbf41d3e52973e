"""Giving and taking roles."""

from typing import TYPE_CHECKING, Any

from app.kit import clock
from app.kit.callables import Caller, callable_function
from app.kit.errors import FailedPreconditionError, NotFoundError
from app.kit.limits import READS, WRITES
from app.kit.roles import STAFF, Role
from app.platform.accounts import gateway, policy, store
from app.platform.accounts.functions.settling import settle
from app.platform.accounts.models import (
    Account,
    ApproveRoleChange,
    ChangeRole,
    ListRoleChanges,
    RoleChange,
    RoleChangeItem,
    RoleChangePage,
    RoleChangeStatus,
)
from app.platform.operations.idempotency import Operation, once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write

ADMINS = frozenset({Role.ADMIN})


@callable_function(limits=WRITES, admitted=ADMINS)
def accounts_change_role(request: ChangeRole, caller: Caller) -> RoleChangeItem:
    """Give somebody a role or take it, at once; the role of admin once another admin approves.

    Who loses a role of staff is signed out everywhere. Two calls to Firebase Auth, one batched
    read and one commit, which holds the audit entry; applied, also a read before and after
    Firebase Auth is told.

    Errors: `not-found` for a person whom Firebase Auth does not know; `permission-denied` for
    one's own roles; `failed-precondition` where it is so already, or with the reason `email` for
    a role of staff before the person's address is verified.
    """
    person = gateway.person(request.person)
    if person is None:
        raise NotFoundError("There is no such person.")
    if request.held and request.role in STAFF and not person.email_verified:
        raise FailedPreconditionError(
            "This person is to verify their e-mail address first.", {"reason": "email"}
        )
    operation = Operation.of(caller.uid, "accounts_change_role", request)

    def decide(
        seen: "tuple[Snapshot[Any], ...]",
    ) -> "tuple[RoleChangeItem, Sequence[Write]]":
        mine, theirs = seen
        account, at = theirs.value or Account(), clock.now()
        policy.require_admin(mine.value)
        policy.require_change(
            caller.uid, request.person, request.role, held=request.held, account=account
        )
        change = RoleChange(
            uid=request.person,
            role=request.role,
            held=request.held,
            status=RoleChangeStatus.PROPOSED,
            proposed_by=caller.uid,
            proposed_at=at,
            expires_at=at + policy.PROPOSAL_KEPT,
        )
        writes = []
        if request.role not in policy.FOUR_EYES:
            change = policy.applied(change, by=None, at=at)
            writes.append(store.accounts.replace(theirs, policy.with_change(account, change, at)))
        writes += store.proposal(operation.id, change)
        return _item(operation.id, change), writes

    reads = (store.accounts.key(caller.uid), store.accounts.key(request.person))
    answer = once(operation, RoleChangeItem, reads=reads, decide=decide)
    if answer.status is RoleChangeStatus.APPLIED:
        settle(request.person)
    return answer


@callable_function(limits=WRITES, admitted=ADMINS)
def accounts_approve_role_change(request: ApproveRoleChange, caller: Caller) -> RoleChangeItem:
    """Apply what another admin proposed within the last seven days.

    Both must be admins at that moment, and neither may be the person whom it is about. One read,
    then one batched read and one commit, which holds the audit entry, then a read before and
    after Firebase Auth is told.

    Errors: `not-found`; `permission-denied`; `failed-precondition` for what was applied, or is
    too old.
    """
    proposed = store.role_changes.get(request.change_id)
    if proposed is None:
        raise NotFoundError("There is no such proposal.")

    def decide(
        seen: "tuple[Snapshot[Any], ...]",
    ) -> "tuple[RoleChangeItem, Sequence[Write]]":
        proposal, mine, proposers, theirs = seen
        now_proposed, account = proposal.value or proposed, theirs.value or Account()
        at = clock.now()
        policy.require_admin(mine.value)
        policy.require_approval(caller.uid, now_proposed, at)
        policy.require_admin(proposers.value)
        policy.require_change(
            caller.uid, proposed.uid, proposed.role, held=proposed.held, account=account
        )
        change = policy.applied(now_proposed, by=caller.uid, at=at)
        changed = store.accounts.replace(theirs, policy.with_change(account, change, at))
        return _item(proposal.id, change), [changed, *store.approval(proposal, change)]

    reads = (
        store.role_changes.key(request.change_id),
        *(store.accounts.key(uid) for uid in (caller.uid, proposed.proposed_by, proposed.uid)),
    )
    operation = Operation.of(caller.uid, "accounts_approve_role_change", request)
    answer = once(operation, RoleChangeItem, reads=reads, decide=decide)
    settle(proposed.uid)
    return answer


@callable_function(limits=READS, admitted=ADMINS)
def accounts_list_role_changes(request: ListRoleChanges, caller: Caller) -> RoleChangePage:  # noqa: ARG001  # every admin sees all
    """Answer changes of roles, newest first. One query.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    found, next_cursor = store.changes(limit=request.limit, cursor=request.cursor)
    items = tuple(_item(change_id, change) for change_id, change in found)
    return RoleChangePage(items=items, next_cursor=next_cursor)


def _item(change_id: str, change: RoleChange) -> RoleChangeItem:
    return RoleChangeItem(
        change_id=change_id,
        person=change.uid,
        role=change.role,
        held=change.held,
        status=change.status,
        proposed_by=change.proposed_by,
        proposed_at=change.proposed_at,
        expires_at=change.expires_at,
        approved_by=change.approved_by,
        applied_at=change.applied_at,
    )
