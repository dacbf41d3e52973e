"""Accepting the terms of use."""

from typing import TYPE_CHECKING, Any

from app.kit import clock
from app.kit.callables import Caller, callable_function
from app.kit.limits import WRITES
from app.kit.terms import TermsVersion
from app.platform.accounts import gateway, policy, store
from app.platform.accounts.functions.settling import settle
from app.platform.accounts.models import AcceptTerms, Account, TermsAccepted
from app.platform.accounts.policy import UnderAgeError
from app.platform.operations.idempotency import Operation, once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.kit.firestore import Snapshot, Write


@callable_function(limits=WRITES, before_terms=True, check_revoked=True)
def accounts_accept_terms(request: AcceptTerms, caller: Caller) -> TermsAccepted:
    """Keep that the caller accepted the terms of use in force, and that they are of age.

    No other operation that makes something runs before. The birth date is not kept. Who is too
    young loses the account, which holds nothing yet. One batched read and one commit, then a read
    before and after Firebase Auth is told.

    Errors: `failed-precondition` with the reason `age`, or `birth_date` where it is missing.
    """

    def decide(
        seen: "tuple[Snapshot[Any], ...]",
    ) -> "tuple[TermsAccepted, Sequence[Write]]":
        (account,) = seen
        at = clock.now()
        changed = policy.accepted(account.value or Account(), request.birth_date, at)
        answer = TermsAccepted(terms_version=TermsVersion.CURRENT, accepted_at=at)
        return answer, [store.accounts.replace(account, changed)]

    operation = Operation.of(caller.uid, "accounts_accept_terms", request)
    try:
        answer = once(
            operation, TermsAccepted, reads=[store.accounts.key(caller.uid)], decide=decide
        )
    except UnderAgeError:
        gateway.delete(caller.uid)
        raise
    settle(caller.uid)
    return answer
