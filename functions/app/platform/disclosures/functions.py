"""The callables of disclosures."""

from typing import TYPE_CHECKING

from app.kit.callables import Caller, callable_function
from app.kit.errors import NotFoundError
from app.kit.limits import READS
from app.platform.audit import store as audit
from app.platform.consents import policy as consent_policy
from app.platform.consents import store as consents
from app.platform.disclosures import store
from app.platform.disclosures.models import (
    Basis,
    Disclosed,
    Disclosure,
    DisclosureItem,
    DisclosurePage,
    InEmergency,
    ListDisclosures,
    ReadDisclosure,
)
from app.platform.disclosures.notice import REDISCLOSURE
from app.platform.emergencies import store as emergencies
from app.platform.records import sharing
from app.platform.records.models import Purpose, Recipient
from app.platform.records.register import TYPES
from app.platform.records.vault import Owner

if TYPE_CHECKING:
    from app.platform.audit.models import AuditEntry, Touched
    from app.platform.consents.models import Part2Consent
    from app.platform.consents.store import Names


@callable_function(limits=READS, check_revoked=True)
def disclosures_read(request: ReadDisclosure, caller: Caller) -> Disclosure:
    """Answer the records that a person's consent lets the caller read, with the notice of the law.

    One read, one query or read, and where there is something one commit, of the audit before it is
    opened. A page is of one record type, and may be empty while `nextCursor` is there.

    Errors: `not-found` for every consent that lets the caller read nothing for this purpose now:
    none, another's, expired, revoked.
    """
    after = sharing.position(request.cursor)
    consent = consents.load(request.consent_id)
    if consent is None:
        raise NotFoundError("There is no such record.")
    grant = consent_policy.grant_of(request.consent_id, consent)
    by = Recipient(caller.uid, request.purpose, grant, caller.roles)
    items, next_cursor = sharing.page(by, after=after, limit=request.limit)
    return Disclosure(
        notice=REDISCLOSURE,
        scope=consent_policy.scope(request.consent_id, consent),
        items=items,
        next_cursor=next_cursor,
    )


@callable_function(limits=READS, check_revoked=True, before_terms=True)
def disclosures_list(request: ListDisclosures, caller: Caller) -> DisclosurePage:
    """Account for what others learned of the caller by a consent or in an emergency, newest first.

    One query; where there is something one batched read, and one commit of the audit. It is made
    from the audit log, which is kept seven years (42 CFR 2.25 asks for three).

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    entries, next_cursor = audit.disclosures_of(
        caller.uid, limit=request.limit, cursor=request.cursor
    )
    told = {entry.grant_id: _basis(entry) for entry in entries if entry.grant_id}
    signed, opened = store.grounds(
        *([grant for grant, of in told.items() if of is basis] for basis in Basis)
    )
    names = consents.names_in(caller.uid, list(signed.items()))
    details = emergencies.details_in(caller.uid, list(opened.items()), by=Owner(caller.uid))
    audit.keep(*names.trail, *details.trail)
    named = dict(zip(signed, names.take(), strict=True))
    inside = {
        emergency_id: InEmergency(**dict(said), finding=kept.finding, reviewed_at=kept.reviewed_at)
        for (emergency_id, kept), said in zip(opened.items(), details.take(), strict=True)
    }
    return DisclosurePage(
        items=tuple(_item(entry, signed, named, inside) for entry in entries),
        next_cursor=next_cursor,
    )


def _basis(entry: "AuditEntry") -> Basis:
    return Basis.EMERGENCY if entry.purpose == Purpose.EMERGENCY else Basis.CONSENT


def _item(
    entry: "AuditEntry",
    signed: "dict[str, Part2Consent]",
    named: "dict[str, Names]",
    inside: dict[str, InEmergency],
) -> DisclosureItem:
    basis, grant_id = _basis(entry), entry.grant_id or ""
    consent = signed.get(grant_id)
    return DisclosureItem(
        at=entry.at,
        basis=basis,
        consent_id=grant_id if basis is Basis.CONSENT else None,
        emergency_id=grant_id if basis is Basis.EMERGENCY else None,
        purpose=Purpose(entry.purpose),
        recipient_uid=entry.actor,
        recipient_name=named[grant_id].recipient_name if grant_id in named else None,
        recipient_class=None if consent is None else consent.recipient_class,
        notice=entry.notice,
        records=tuple(_disclosed(touched) for touched in entry.touched if touched.fields),
        emergency=inside.get(grant_id),
    )


def _disclosed(touched: "Touched") -> Disclosed:
    collection, _, document_id = touched.path.partition("/")
    kind = TYPES.get(collection)
    return Disclosed(
        collection=collection,
        document_id=document_id,
        holds=None if kind is None else kind.holds,
        category=None if kind is None else kind.category,
        fields=touched.fields,
    )
