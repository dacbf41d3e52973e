"""The only code that reads or writes links, locks and requests of accounts."""

from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

from app.kit import firestore, ids
from app.kit.errors import UnavailableError
from app.kit.firestore import Collection, ConflictError, Snapshot, Write
from app.platform.audit.models import Action
from app.platform.credentials.models.links import AccountLock, Link, ResetRequest
from app.platform.records import vault
from app.platform.records.vault import Actor, Opening, Owner, Purpose, Record, System

links = Collection("account_links", Link)
locks = Collection("account_locks", AccountLock)
reset_requests = Collection("reset_requests", ResetRequest)

NOBODY = "open.accounts"
"""Holds the key of what is asked for before it is known by whom. No account has such a uid."""

_EMAIL_MAC = "link-email/v1"


def email_mac(uid: str, email: str) -> bytes:
    """Return the keyed fingerprint of the address that a link is bound to."""
    return vault.mac(uid, _EMAIL_MAC, email.encode())


def email_matches(link: Link, email: str) -> bool:
    """Whether a link was issued to this address."""
    return vault.mac_matches(link.uid, _EMAIL_MAC, email.encode(), link.email_mac)


def creation(link_id: str, link: Link, new_email: str | None) -> tuple[Write, ...]:
    """Return the writes that make a link; its new address is sealed."""
    values = {} if new_email is None else {"newEmail": new_email}
    sealed, trail = vault.seal(_link(link_id, link.uid), values, by=Owner(link.uid))
    return links.create(link_id, link.model_copy(update={"sealed": sealed})), *trail


def new_email(link_id: str, link: Link, *, by: Actor) -> Opening[str]:
    """Return leave to open the new address of a link."""
    opening = vault.opening((_link(link_id, link.uid), link.sealed), by=by)
    return opening.then(lambda opened: str(opened[0]["newEmail"]))


def used(seen: Snapshot[Link], link: Link, at: datetime) -> Write:
    """Return the write that spends a link, on condition that nobody did meanwhile."""
    return links.replace(seen, link.model_copy(update={"used_at": at, "sealed": {}}))


def first_commit(*writes: Write) -> NoReturn:
    """Commit what has to be there before something is done outside; the decision runs again."""
    firestore.commit(*writes)
    raise ConflictError


def asked(request_id: str, request: ResetRequest, email: str) -> tuple[Write, ...]:
    """Return the writes that keep a request, its address sealed."""
    sealed, trail = vault.seal(_request(request_id), {"email": email}, by=System(Purpose.ACCOUNT))
    return reset_requests.create(request_id, request.model_copy(update={"sealed": sealed})), *trail


def asked_for(request_id: str, request: ResetRequest) -> str:
    """Return the address of a request."""
    opened = vault.open_now(_request(request_id), request.sealed, by=System(Purpose.ACCOUNT))
    return str(opened["email"])


def look(request_id: str) -> Snapshot[ResetRequest]:
    """Return a request as it is. One read."""
    (seen,) = firestore.read(reset_requests.key(request_id))
    return seen


def lock_of(uid: str) -> AccountLock:
    """Return the lock of an account. One read."""
    return locks.get(uid) or AccountLock()


def answer(seen: Snapshot[ResetRequest], writes: Sequence[Write]) -> None:
    """Delete a request and make `writes`, unless somebody answered it before. One commit.

    Raises:
        UnavailableError: it may not have been done; the sweep tries again.
    """
    try:
        firestore.commit(reset_requests.delete(seen), *writes)
    except ConflictError:
        return
    except firestore.OutcomeUnknownError as error:
        raise UnavailableError("The request could not be answered. Try again.") from error


def unanswered(at: datetime, limit: int) -> list[str]:
    """Return the ids of requests that nobody answered in time. One query."""
    found = reset_requests.find(before={"leaseUntil": at}, order_by="leaseUntil", limit=limit)
    return [seen.id for seen in found]


def told(uid: str, action: Action) -> Write:
    """Return the audit entry of something that a person did to their account."""
    return vault.acted(action, by=Owner(uid), subject=uid)


def mail_id(operation_id: str, what: str) -> str:
    """Return the id of the mail that an operation sends."""
    return ids.digest("account-mail/v1", operation_id, what)


def _link(link_id: str, uid: str) -> Record:
    return Record(uid, f"account_links/{link_id}")


def _request(request_id: str) -> Record:
    return Record(NOBODY, f"reset_requests/{request_id}")
