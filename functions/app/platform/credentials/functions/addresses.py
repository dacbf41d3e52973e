"""The callables that prove and change the e-mail address of an account."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.kit import clock
from app.kit.callables import Caller, callable_function
from app.kit.errors import FailedPreconditionError
from app.kit.limits import GUESSES, TARGETS
from app.platform.audit.models import Action
from app.platform.credentials import gateway, issuing
from app.platform.credentials.models.links import (
    AccountLock,
    ConfirmEmailChange,
    ConfirmVerification,
    Done,
    Link,
    LinkPurpose,
    RequestEmailChange,
    RequestVerification,
)
from app.platform.credentials.models.people import Account
from app.platform.credentials.policy import links as policy
from app.platform.credentials.policy.links import LinkNotValidError
from app.platform.credentials.store import links as store
from app.platform.limits import store as limits
from app.platform.mail.mailing import Template
from app.platform.operations.idempotency import Operation, once
from app.platform.records.vault import Owner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from app.kit.firestore import Snapshot, Write

RECENT = timedelta(minutes=5)


@callable_function(limits=GUESSES, check_revoked=True)
def credentials_request_verification(request: RequestVerification, caller: Caller) -> Done:
    """Mail the caller a link that proves their address. It works for 24 hours.

    One batched read, one commit, one look at the account.

    Errors: `failed-precondition` without an address, or with one that is proved.
    """
    operation = Operation.of(caller.uid, "credentials_request_verification", request)

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[Done, Sequence[Write]]":
        at = clock.now()
        account = _account(caller.uid)
        if account.verified:
            raise FailedPreconditionError("Your e-mail address is confirmed already.")
        return Done(), issuing.issued(
            LinkPurpose.VERIFY_EMAIL,
            account,
            seen[0].value or AccountLock(),
            request.locale,
            at,
            operation_id=operation.id,
        )

    return once(operation, Done, reads=(store.locks.key(caller.uid),), decide=decide)


@callable_function(limits=GUESSES, check_revoked=True)
def credentials_confirm_verification(request: ConfirmVerification, caller: Caller) -> Done:
    """Take the address of the caller's account as proved.

    The link works for the person whose account it is, signed in, so that nobody can be led to
    prove the address of an account that somebody else made with it.

    One batched read, one commit, two calls to Firebase Auth.

    Errors: `invalid-argument` naming the token, whatever is wrong with it.
    """
    operation = Operation.of(caller.uid, "credentials_confirm_verification", request)

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[Done, Sequence[Write]]":
        at = clock.now()
        link, account, _ = _good(seen, LinkPurpose.VERIFY_EMAIL, caller.uid, at)
        if account.verified:
            raise LinkNotValidError
        gateway.set_verified(caller.uid)
        return Done(), (
            store.used(seen[0], link, at),
            store.told(caller.uid, Action.VERIFY_EMAIL),
        )

    reads = (store.links.key(policy.link_id(request.token)), store.locks.key(caller.uid))
    return once(operation, Done, reads=reads, decide=decide)


@callable_function(limits=GUESSES, check_revoked=True, signed_in_within=RECENT)
def credentials_request_email_change(request: RequestEmailChange, caller: Caller) -> Done:
    """Mail a link to a new address, which becomes the account's once it is opened there.

    The old address is told at once. Nothing tells whether the new one has an account already.
    One batched read, one commit, one look at the account.

    Errors: `permission-denied` unless signed in within 5 minutes; `resource-exhausted` where too
    many mails were asked for to that address; `failed-precondition` without an address.
    """
    operation = Operation.of(caller.uid, "credentials_request_email_change", request)
    new_email = request.new_email.lower()
    target = limits.subject_key("credentials_request_email_change", new_email)

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[Done, Sequence[Write]]":
        at = clock.now()
        counted = limits.taken(seen[1], TARGETS, "", at)
        account = _account(caller.uid)
        link = issuing.issued(
            LinkPurpose.CHANGE_EMAIL,
            account,
            seen[0].value or AccountLock(),
            request.locale,
            at,
            operation_id=operation.id,
            new_email=new_email,
        )
        told = issuing.notice(
            Template.EMAIL_CHANGE_REQUESTED,
            caller.uid,
            request.locale,
            at,
            operation_id=operation.id,
            address=account.email,
        )
        return Done(), (*link, *told, counted)

    return once(operation, Done, reads=(store.locks.key(caller.uid), target), decide=decide)


@callable_function(limits=GUESSES, check_revoked=True)
def credentials_confirm_email_change(request: ConfirmEmailChange, caller: Caller) -> Done:
    """Give the caller's account the address at which the link was opened; end all sessions.

    Google and Apple sign-ins that know another address are unlinked, since they would no longer
    be admitted. Two batched reads and two commits, three calls to Firebase Auth.

    Errors: `invalid-argument` naming the token, whatever is wrong with it; `failed-precondition`
    where another account has that address; `aborted` while the account is being changed.
    """
    operation = Operation.of(caller.uid, "credentials_confirm_email_change", request)
    link_id = policy.link_id(request.token)

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[Done, Sequence[Write]]":
        at = clock.now()
        link, account, lock = _good(seen, LinkPurpose.CHANGE_EMAIL, caller.uid, at)
        opening = store.new_email(link_id, link, by=Owner(caller.uid))
        if not policy.holds(lock, operation.id):
            claim = store.locks.replace(seen[1], policy.held(lock, operation.id, at))
            store.first_commit(claim, *opening.trail)
        new_email = opening.take()
        gateway.set_email(
            caller.uid, new_email, unlink=policy.foreign_providers(account, new_email)
        )
        told = issuing.notice(
            Template.EMAIL_CHANGED,
            caller.uid,
            link.locale,
            at,
            operation_id=operation.id,
            address=account.email,
        )
        return Done(), (
            store.used(seen[0], link, at),
            store.locks.replace(seen[1], policy.changed(lock)),
            store.told(caller.uid, Action.CHANGE_EMAIL),
            *told,
        )

    reads = (store.links.key(link_id), store.locks.key(caller.uid))
    return once(operation, Done, reads=reads, decide=decide)


def _account(uid: str) -> Account:
    """Return an account that has an address."""
    account = gateway.account(uid)
    if account is None or account.email is None:
        raise FailedPreconditionError("Your account has no e-mail address.")
    return account


def _good(
    seen: "tuple[Snapshot[Any], ...]", purpose: LinkPurpose, uid: str, at: "datetime"
) -> tuple[Link, Account, AccountLock]:
    """Return the link, account and lock of the caller, if the link is theirs and good for this."""
    lock = seen[1].value or AccountLock()
    link = policy.required(seen[0].value, purpose, lock, at)
    account = policy.required_account(link, gateway.account(uid))
    if not store.email_matches(link, account.email or ""):
        raise LinkNotValidError
    return link, account, lock
