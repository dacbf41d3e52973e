"""The only code that reads or writes the collections of consents."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.kit import firestore, ids
from app.kit.firestore import Collection, Snapshot, Write
from app.platform.consents.models import (
    ConsentEvent,
    ConsentState,
    Part2Consent,
)
from app.platform.records import vault
from app.platform.records.vault import Opening, Owner, Record

states = Collection("consents", ConsentState)
part2 = Collection("part2_consents", Part2Consent)
_events = Collection("consent_events", ConsentEvent)


@dataclass(frozen=True)
class Names:
    """The names in a written consent, opened."""

    patient_name: str
    recipient_name: str | None
    signature: str


def load(consent_id: str) -> Part2Consent | None:
    """Return a written consent, or None. One read."""
    return part2.get(consent_id)


def told(event: ConsentEvent) -> Write:
    """Return the write that adds to the history."""
    return _events.create(ids.new(), event)


def seal(consent_id: str, uid: str, names: Names) -> vault.Sealed:
    """Return the names sealed under the person's key.

    Raises:
        UnavailableError: the key cannot be had now; nothing may be stored.
    """
    values = {
        "patientName": names.patient_name,
        "recipientName": names.recipient_name,
        "signature": names.signature,
    }
    return vault.seal(_record(uid, consent_id), values, by=Owner(uid))


def names_in(uid: str, consents: Sequence[tuple[str, Part2Consent]]) -> Opening[tuple[Names, ...]]:
    """Return the names in written consents of one person, to be opened for them."""
    places = [(_record(uid, consent_id), consent.sealed) for consent_id, consent in consents]
    return vault.opening(*places, by=Owner(uid)).then(
        lambda opened: tuple(
            Names(fields["patientName"], fields["recipientName"], fields["signature"])
            for fields in opened
        )
    )


def overview(
    uid: str, *, limit: int, cursor: str | None
) -> tuple[ConsentState | None, list[tuple[str, Part2Consent]], str | None]:
    """Return the person's general consents and a page of their written ones, newest first.

    One read and one query.

    Raises:
        InvalidArgumentError: no page ever gave this cursor.
    """
    page, next_cursor = part2.newest(of={"uid": uid}, by="validFrom", limit=limit, cursor=cursor)
    return states.get(uid), page, next_cursor


def history_of(
    uid: str, *, limit: int, cursor: str | None
) -> tuple[list[ConsentEvent], str | None]:
    """Return a page of what a person gave and withdrew, newest first. One query.

    Raises:
        InvalidArgumentError: no page ever gave this cursor.
    """
    page, next_cursor = _events.newest(of={"uid": uid}, by="at", limit=limit, cursor=cursor)
    return [event for _, event in page], next_cursor


def named(consent_ids: Sequence[str]) -> list[Snapshot[Part2Consent]]:
    """Return written consents, those that there are. One batched read, none for none."""
    if not consent_ids:
        return []
    return list(firestore.read(*(part2.key(consent_id) for consent_id in consent_ids)))


def _record(uid: str, consent_id: str) -> Record:
    return Record(uid, f"part2_consents/{consent_id}")
