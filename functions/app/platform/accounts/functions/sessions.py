"""Where people are signed in, and signing out everywhere."""

from typing import TYPE_CHECKING, Any

from app.kit import clock
from app.kit.callables import Caller, callable_function
from app.kit.limits import READS, WRITES
from app.platform.accounts import policy, store
from app.platform.accounts.functions.settling import settle
from app.platform.accounts.models import (
    Account,
    ListSessions,
    SessionItem,
    SessionPage,
    SignedOut,
    SignOutEverywhere,
)
from app.platform.operations.idempotency import Operation, once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write


@callable_function(limits=READS, before_terms=True, check_revoked=True)
def accounts_list_sessions(request: ListSessions, caller: Caller) -> SessionPage:
    """Answer the caller's sign-ins of the last year, newest first. One query and one read.

    Signing out in one browser alone is not seen here. Errors: `invalid-argument` for a cursor
    that no page gave.
    """
    found, next_cursor = store.sessions_of(caller.uid, limit=request.limit, cursor=request.cursor)
    account = store.look(caller.uid).value or Account()
    items = tuple(
        SessionItem(
            session_id=session_id,
            created_at=session.created_at,
            device=session.device,
            second_factor=session.second_factor,
            current=session_id == caller.session_id,
            ended=policy.ended(session, account),
        )
        for session_id, session in found
    )
    return SessionPage(items=items, next_cursor=next_cursor)


@callable_function(limits=WRITES, before_terms=True, check_revoked=True)
def accounts_sign_out_everywhere(request: SignOutEverywhere, caller: Caller) -> SignedOut:
    """End every session of the caller, this one too.

    Operations that ask for revocation refuse the tokens of those sessions from then on, all
    others when the tokens expire, within the hour. One batched read and one commit, then a read
    before and after Firebase Auth is told. Whoever repeats this is told that they are signed out.
    """

    def decide(
        seen: "tuple[Snapshot[Any], ...]",
    ) -> "tuple[SignedOut, Sequence[Write]]":
        (account,) = seen
        at = clock.now()
        changed = policy.signed_out(account.value or Account(), at)
        answer = SignedOut(sessions_from=policy.sessions_from(at))
        return answer, [store.accounts.replace(account, changed)]

    operation = Operation.of(caller.uid, "accounts_sign_out_everywhere", request)
    answer = once(operation, SignedOut, reads=[store.accounts.key(caller.uid)], decide=decide)
    settle(caller.uid)
    return answer
