"""Resetting and changing passwords: the callables, and what answers a request for a link."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.kit import clock
from app.kit.callables import Caller, callable_function, open_callable
from app.kit.errors import FailedPreconditionError
from app.kit.limits import GUESSES, OPEN_GUESSES, TARGETS
from app.kit.triggers import on_created, schedule
from app.platform.audit.models import Action
from app.platform.credentials import gateway, issuing
from app.platform.credentials.models.links import (
    AccountLock,
    ChangePassword,
    Done,
    LinkPurpose,
    RequestPasswordReset,
    ResetPassword,
    ResetRequest,
)
from app.platform.credentials.models.people import Account
from app.platform.credentials.policy import links as policy
from app.platform.credentials.policy import passwords
from app.platform.credentials.policy.links import LinkNotValidError
from app.platform.credentials.store import links as store
from app.platform.limits import store as limits
from app.platform.mail import mailing
from app.platform.mail.mailing import Locale, Template
from app.platform.operations.idempotency import Operation, once

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from app.kit.firestore import Key, Snapshot, Write

RECENT = timedelta(minutes=5)
ANSWER_WITHIN = timedelta(minutes=5)
SWEEP_MAX = 200


@open_callable(limits=OPEN_GUESSES)
def credentials_request_password_reset(request: RequestPasswordReset) -> Done:
    """Mail a link to choose a new password, if there is such an account. It works for one hour.

    The answer and the calls are the same for every address: whether there is an account is looked
    up afterwards. One batched read and one commit.

    Errors: `resource-exhausted` where too many were asked for for that address, known or not.
    """
    operation = Operation.of(store.NOBODY, "credentials_request_password_reset", request)
    email = request.email.lower()
    target = limits.subject_key("credentials_request_password_reset", email)

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[Done, Sequence[Write]]":
        at = clock.now()
        counted = limits.taken(seen[0], TARGETS, "", at)
        asked = ResetRequest(
            locale=request.locale, sealed={}, requested_at=at, lease_until=at + ANSWER_WITHIN
        )
        return Done(), (*store.asked(operation.id, asked, email), counted)

    return once(operation, Done, reads=(target,), decide=decide)


@on_created("reset_requests/{requestId}")
def credentials_on_reset_requested(request_id: str) -> None:
    """Make the link of a request and queue its mail, where there is an account; forget the request.

    Two reads, one commit, one look for the account.
    """
    _answer(request_id)


@schedule("every 5 minutes")
def credentials_sweep_reset_requests() -> None:
    """Answer requests that `credentials_on_reset_requested` did not.

    One query, and what that makes for each that it finds.
    """
    for request_id in store.unanswered(clock.now(), SWEEP_MAX):
        _answer(request_id)


def _answer(request_id: str) -> None:
    seen = store.look(request_id)
    request = seen.value
    if request is None:
        return
    at = clock.now()
    late = at >= request.requested_at + policy.LIFETIME[LinkPurpose.RESET_PASSWORD]
    account = None if late else gateway.account_at(store.asked_for(request_id, request))
    if account is None or account.disabled:
        store.answer(seen, ())
        return
    link = issuing.issued(
        LinkPurpose.RESET_PASSWORD,
        account,
        store.lock_of(account.uid),
        request.locale,
        at,
        operation_id=request_id,
    )
    store.answer(seen, link)


@open_callable(limits=OPEN_GUESSES)
def credentials_reset_password(request: ResetPassword) -> Done:
    """Set a new password by a link, and end all sessions.

    Who opened the link has the mailbox: the address counts as proved. Where nobody had proved it
    before, sign-ins that know another address are unlinked, since anybody may have added them.
    Three reads and two commits, three calls to Firebase Auth.

    Errors: `invalid-argument` naming the token, whatever is wrong with it, or a password that is
    known; `aborted` while the account is being changed.
    """
    passwords.require_unknown(request.new_password)
    link_id = policy.link_id(request.token)
    found = store.links.get(link_id)
    if found is None:
        raise LinkNotValidError
    operation = Operation.of(found.uid, "credentials_reset_password", request)

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[Done, Sequence[Write]]":
        at = clock.now()
        lock: AccountLock = seen[0].value or AccountLock()
        link = policy.required(seen[2].value, LinkPurpose.RESET_PASSWORD, lock, at)
        held = policy.holds(lock, operation.id)
        account = gateway.account(link.uid)
        # The change itself ends sessions and could seem to be one that voids the link.
        account = policy.required_account(link, account, own_change=held)
        if not store.email_matches(link, account.email or ""):
            raise LinkNotValidError
        if not held:
            _announce(seen, account, link.locale, operation.id, at)
        foreign = [] if account.verified else policy.foreign_providers(account, account.email or "")
        gateway.set_password(account.uid, request.new_password, verified=True, unlink=foreign)
        return Done(), (
            store.used(seen[2], link, at),
            store.locks.replace(seen[0], policy.changed(lock)),
            store.told(account.uid, Action.RESET_PASSWORD),
        )

    return once(
        operation,
        Done,
        reads=(*_reads(operation, found.uid), store.links.key(link_id)),
        decide=decide,
    )


@callable_function(limits=GUESSES, check_revoked=True, signed_in_within=RECENT)
def credentials_change_password(request: ChangePassword, caller: Caller) -> Done:
    """Set a new password for the caller, void all links and end all sessions.

    Two batched reads and two commits, three calls to Firebase Auth.

    Errors: `permission-denied` unless signed in within 5 minutes; `invalid-argument` for a
    password that is known; `failed-precondition` without an address to sign in with; `aborted`
    while the account is being changed.
    """
    passwords.require_unknown(request.new_password)
    operation = Operation.of(caller.uid, "credentials_change_password", request)

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[Done, Sequence[Write]]":
        at = clock.now()
        lock: AccountLock = seen[0].value or AccountLock()
        account = gateway.account(caller.uid)
        if account is None or account.email is None:
            raise FailedPreconditionError("Your account has no e-mail address to sign in with.")
        if not policy.holds(lock, operation.id):
            _announce(seen, account, request.locale, operation.id, at)
        gateway.set_password(caller.uid, request.new_password, verified=account.verified, unlink=[])
        return Done(), (
            store.locks.replace(seen[0], policy.changed(lock)),
            store.told(caller.uid, Action.CHANGE_PASSWORD),
        )

    return once(operation, Done, reads=_reads(operation, caller.uid), decide=decide)


def _reads(operation: Operation, uid: str) -> "tuple[Key[Any], Key[Any]]":
    """Return the places of the account's lock and of the notice of this change."""
    mail_id = store.mail_id(operation.id, Template.PASSWORD_CHANGED)
    return store.locks.key(uid), mailing.key(mail_id)


def _announce(
    seen: "tuple[Snapshot[Any], ...]",
    account: Account,
    locale: Locale,
    operation_id: str,
    at: "datetime",
) -> None:
    """Take the account for this operation and queue the notice, before anything is changed.

    So the notice goes out whatever becomes of this process, and of two operations at once one
    alone sets its password.
    """
    lock: AccountLock = seen[0].value or AccountLock()
    writes = [store.locks.replace(seen[0], policy.held(lock, operation_id, at))]
    if seen[1].value is None:
        writes += issuing.notice(
            Template.PASSWORD_CHANGED, account.uid, locale, at, operation_id=operation_id
        )
    store.first_commit(*writes)
