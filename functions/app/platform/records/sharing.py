"""Reading what a consent, or an emergency, lets somebody read: one record type after the other."""

import base64
import binascii
from collections.abc import Mapping

from pydantic import ConfigDict, TypeAdapter

from app.kit import clock
from app.kit.errors import InvalidArgumentError, NotFoundError
from app.kit.model import DocumentId
from app.platform.audit import store as audit
from app.platform.records import policy, store, trail, vault
from app.platform.records.messages import Shared
from app.platform.records.models import Recipient, Record
from app.platform.records.register import TYPES

_DOCUMENT_ID = TypeAdapter(DocumentId, config=ConfigDict(defer_build=True))

START = ("", "")


def position(cursor: str | None) -> tuple[str, str]:
    """Return the collection and the document that a page begins after.

    Raises:
        InvalidArgumentError: no page ever gave this cursor.
    """
    if cursor is None:
        return START
    try:
        text = base64.urlsafe_b64decode(cursor).decode()
        collection, _, document_id = text.partition("/")
        if document_id:
            _DOCUMENT_ID.validate_python(document_id)
    except (binascii.Error, ValueError) as error:
        raise InvalidArgumentError.of("cursor", "is not one that a page gave") from error
    if collection not in TYPES or cursor != _cursor(collection, document_id):
        raise InvalidArgumentError.of("cursor", "is not one that a page gave")
    return collection, document_id


def page(
    by: Recipient, *, after: tuple[str, str], limit: int
) -> tuple[tuple[Shared, ...], str | None]:
    """Return documents of one record type that the grant of `by` covers, and the next cursor.

    A page may be empty though others follow. One query or read, and where there is something one
    commit of the audit before it is opened.

    Raises:
        NotFoundError: the grant covers nothing for `by`, for this purpose, now.
        UnavailableError: the person's key cannot be had now.
    """
    _require_grant(by)
    fields = _open_to(by)
    collection, last_id = after if after != START else (next(iter(fields), ""), "")
    if collection not in fields:
        return (), None
    kind = TYPES[collection]
    found = store.owned(kind, by.grant.subject, after=last_id, limit=limit + 1)
    shown = found[:limit]
    places = [
        (Record(by.grant.subject, document.path), sealed)
        for document in shown
        if (sealed := _only(document.fields.get("sealed", {}), fields[collection]))
    ]
    opened = vault.opening(*places, by=by).now()
    shared = tuple(
        Shared(
            collection=collection,
            holds=kind.holds,
            category=kind.category,
            document_id=record.path.partition("/")[2],
            fields=values,
        )
        for (record, _), values in zip(places, opened, strict=True)
    )
    if len(found) > limit:
        return shared, _cursor(collection, shown[-1].id)
    names = list(fields)
    following = names[names.index(collection) + 1 :]
    return shared, _cursor(following[0], "") if following else None


def _require_grant(by: Recipient) -> None:
    """Refuse whom the grant covers nothing for, and audit that they tried."""
    at = clock.now()
    try:
        policy.require_grant(by, at)
    except NotFoundError:
        audit.keep(audit.entry(trail.refused(by, at)))
        raise


def _open_to(by: Recipient) -> dict[str, frozenset[str]]:
    """Return the fields that `by` may open now, by collection; none without fields."""
    at, subject = clock.now(), by.grant.subject
    fields = {
        name: policy.openable(kind, Record(subject, name), by, at)
        for name, kind in TYPES.items()
        if kind.access is not None and kind.owner_field is not None
    }
    return {name: opened for name, opened in fields.items() if opened}


def _only(sealed: Mapping[str, bytes], names: frozenset[str]) -> dict[str, bytes]:
    return {name: value for name, value in sealed.items() if name in names}


def _cursor(collection: str, document_id: str) -> str:
    return base64.urlsafe_b64encode(f"{collection}/{document_id}".encode()).decode()
