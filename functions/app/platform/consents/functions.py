"""The callables of consents."""

from typing import TYPE_CHECKING, Any

from app.kit import clock, ids
from app.kit.callables import Caller, callable_function
from app.kit.errors import NotFoundError
from app.kit.limits import READS, WRITES
from app.platform.audit.models import Action, Touched
from app.platform.consents import policy, store
from app.platform.consents.models import (
    GENERAL,
    ConsentAct,
    ConsentEvent,
    ConsentGiven,
    ConsentKind,
    ConsentPage,
    ConsentState,
    ConsentWithdrawn,
    FormText,
    GeneralConsent,
    GiveConsent,
    Given,
    HistoryItem,
    HistoryPage,
    ListConsents,
    ListHistory,
    Part2Consent,
    Part2Item,
    WithdrawConsent,
)
from app.platform.consents.store import Names
from app.platform.consents.texts import STATEMENTS, TEXTS, VERSION
from app.platform.operations.idempotency import Operation, once
from app.platform.records import vault
from app.platform.records.vault import Owner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from app.kit.firestore import Snapshot, Write
    from app.kit.locale import Locale
    from app.platform.consents.policy import Elements


@callable_function(limits=WRITES, check_revoked=True)
def consents_give(request: GiveConsent, caller: Caller) -> ConsentGiven:
    """Give a consent of the caller to the current text, as it was shown.

    One batched read and one commit. A general consent is on from then on. A Part 2 consent carries
    every element of 42 CFR 2.31(a) and lets its recipient read with `disclosures_read`.

    Errors: `invalid-argument` naming each element that is missing or does not fit;
    `failed-precondition` naming `version` where the text has changed since; `unavailable` while
    names cannot be sealed.
    """
    operation = Operation.of(caller.uid, "consents_give", request)
    filled = policy.elements(request, uid=caller.uid)
    consent_id = request.kind.value if filled is None else ids.new()

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[ConsentGiven, Sequence[Write]]":
        (state,) = seen
        at = clock.now()
        policy.require_current(request)
        if filled is None:
            writes = [_switched(state, request.kind, Given(**_shown(request), at=at))]
        else:
            policy.require_dates(filled, at)
            writes = _signed(consent_id, caller.uid, request, filled, at)
        event = ConsentEvent(
            uid=caller.uid,
            consent_id=consent_id,
            kind=request.kind,
            act=ConsentAct.GIVEN,
            at=at,
            **_shown(request),
        )
        return (
            ConsentGiven(
                consent_id=consent_id, kind=request.kind, version=request.version, given_at=at
            ),
            [*writes, *_told(event)],
        )

    reads = (store.states.key(caller.uid),)
    return once(operation, ConsentGiven, reads=reads, decide=decide)


@callable_function(limits=WRITES, check_revoked=True, before_terms=True)
def consents_withdraw(request: WithdrawConsent, caller: Caller) -> ConsentWithdrawn:
    """Withdraw a consent of the caller, general or Part 2, effective with the next read.

    One batched read and one commit. What is off already stays as it is.

    Errors: `not-found`, also for another person's.
    """
    operation = Operation.of(caller.uid, "consents_withdraw", request)

    def decide(seen: "tuple[Snapshot[Any], ...]") -> "tuple[ConsentWithdrawn, Sequence[Write]]":
        state, signed = seen
        at = clock.now()
        if request.consent_id in GENERAL:
            kind = ConsentKind(request.consent_id)
            given = None if state.value is None else state.value.given.get(kind)
            if given is None:
                return ConsentWithdrawn(consent_id=kind, withdrawn_at=None), []
            version, writes = given.version, [_switched(state, kind, None)]
        else:
            consent: Part2Consent | None = signed.value
            if consent is None or consent.uid != caller.uid:
                raise NotFoundError("There is no such consent.")
            if consent.revoked_at is not None:
                off = ConsentWithdrawn(
                    consent_id=request.consent_id, withdrawn_at=consent.revoked_at
                )
                return off, []
            kind, version = consent.kind, consent.version
            revoked = consent.model_copy(update={"revoked_at": at})
            writes = [store.part2.replace(signed, revoked)]
        event = ConsentEvent(
            uid=caller.uid,
            consent_id=request.consent_id,
            kind=kind,
            act=ConsentAct.WITHDRAWN,
            version=version,
            locale=None,
            at=at,
        )
        return (
            ConsentWithdrawn(consent_id=request.consent_id, withdrawn_at=at),
            [*writes, *_told(event)],
        )

    reads = (store.states.key(caller.uid), store.part2.key(request.consent_id))
    return once(operation, ConsentWithdrawn, reads=reads, decide=decide)


@callable_function(limits=READS, check_revoked=True, before_terms=True)
def consents_list(request: ListConsents, caller: Caller) -> ConsentPage:
    """Answer the caller's consents with the current texts, and the forms to be filled.

    One read and one query, and one commit where there are Part 2 consents, newest first.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    state, page, next_cursor = store.overview(
        caller.uid, limit=request.limit, cursor=request.cursor
    )
    names = store.names_in(caller.uid, page).now()
    at = clock.now()
    return ConsentPage(
        general=tuple(_general(kind, state, request.locale) for kind in GENERAL),
        forms=tuple(
            FormText(
                kind=kind,
                version=VERSION[kind],
                text=TEXTS[kind][request.locale],
                statements={name: text[request.locale] for name, text in STATEMENTS.items()},
            )
            for kind in ConsentKind
            if kind not in GENERAL
        ),
        part2=tuple(
            _item(consent_id, consent, inside, at)
            for (consent_id, consent), inside in zip(page, names, strict=True)
        ),
        next_cursor=next_cursor,
    )


@callable_function(limits=READS, before_terms=True)
def consents_list_history(request: ListHistory, caller: Caller) -> HistoryPage:
    """Answer what the caller gave and withdrew, with time and version, newest first. One query.

    Errors: `invalid-argument` for a cursor that no page gave.
    """
    events, next_cursor = store.history_of(caller.uid, limit=request.limit, cursor=request.cursor)
    items = (HistoryItem(**event.model_dump(exclude={"uid"})) for event in events)
    return HistoryPage(items=tuple(items), next_cursor=next_cursor)


def _shown(request: GiveConsent) -> dict[str, Any]:
    return {"version": request.version, "locale": request.locale}


def _switched(state: "Snapshot[ConsentState]", kind: ConsentKind, given: Given | None) -> "Write":
    """Return the write that turns a general consent on or off."""
    before = state.value or ConsentState()
    after = {name: value for name, value in before.given.items() if name != kind}
    if given is not None:
        after[kind.value] = given
    return store.states.replace(state, before.model_copy(update={"given": after}))


def _signed(
    consent_id: str, uid: str, request: GiveConsent, filled: "Elements", at: "datetime"
) -> "list[Write]":
    """Return the writes that store a Part 2 consent with its names sealed."""
    names = Names(filled.patient_name, filled.recipient_name, filled.signature)
    sealed, trail = store.seal(consent_id, uid, names)
    form = filled.form
    consent = Part2Consent(
        uid=uid,
        kind=request.kind,
        disclosers=tuple(dict.fromkeys(form.disclosers)),
        recipient_uid=form.recipient_uid,
        recipient_class=form.recipient_class,
        categories=tuple(dict.fromkeys(form.categories)),
        purposes=tuple(dict.fromkeys(form.purposes)),
        signed_at=filled.signed_at,
        valid_from=at,
        expires_at=filled.expires_at,
        sealed=sealed,
        **_shown(request),
    )
    return [store.part2.create(consent_id, consent), *trail]


def _told(event: ConsentEvent) -> "tuple[Write, Write]":
    """Return the writes that keep the history, and the audit of it."""
    general = event.kind in GENERAL
    path = f"consents/{event.uid}" if general else f"part2_consents/{event.consent_id}"
    given = event.act is ConsentAct.GIVEN
    entry = vault.acted(
        Action.GIVE_CONSENT if given else Action.WITHDRAW_CONSENT,
        by=Owner(event.uid),
        subject=event.uid,
        touched=(Touched(path=path, fields=(event.kind.value,)),),
    )
    return store.told(event), entry


def _general(kind: ConsentKind, state: ConsentState | None, locale: "Locale") -> GeneralConsent:
    given = None if state is None else state.given.get(kind)
    return GeneralConsent(
        consent_id=kind.value,
        kind=kind,
        on=policy.allows(state, kind),
        given_version=None if given is None else given.version,
        given_at=None if given is None else given.at,
        version=VERSION[kind],
        text=TEXTS[kind][locale],
    )


def _item(consent_id: str, consent: Part2Consent, names: Names, at: "datetime") -> Part2Item:
    return Part2Item(
        **policy.scope(consent_id, consent).model_dump(),
        patient_name=names.patient_name,
        recipient_uid=consent.recipient_uid,
        recipient_class=consent.recipient_class,
        recipient_name=names.recipient_name,
        signature=names.signature,
        valid_from=consent.valid_from,
        revoked_at=consent.revoked_at,
        in_force=policy.holds(consent, at),
    )
