"""The only code that reads or writes `emergencies`."""

from collections.abc import Sequence

from app.kit.firestore import Collection
from app.platform.emergencies.models import Details, Emergency
from app.platform.records import vault
from app.platform.records.vault import Actor, Opening, Record

emergencies = Collection("emergencies", Emergency)


def seal(emergency_id: str, uid: str, details: Details, *, by: Actor) -> vault.Sealed:
    """Return the details sealed under the key of the person concerned.

    Raises:
        UnavailableError: the key cannot be had now; nothing may be stored.
    """
    values = details.model_dump(by_alias=True, include=set(Details.model_fields))
    return vault.seal(_record(uid, emergency_id), values, by=by)


def details_in(
    uid: str, found: Sequence[tuple[str, Emergency]], *, by: Actor
) -> Opening[tuple[Details, ...]]:
    """Return the details of emergencies of one person, to be opened."""
    places = [(_record(uid, emergency_id), emergency.sealed) for emergency_id, emergency in found]
    return vault.opening(*places, by=by).then(
        lambda opened: tuple(Details.model_validate(fields) for fields in opened)
    )


def page_of(
    *, reviewed: bool, limit: int, cursor: str | None
) -> tuple[list[tuple[str, Emergency]], str | None]:
    """Return a page of emergencies, newest first, and the next cursor. One query.

    Raises:
        InvalidArgumentError: no page ever gave this cursor.
    """
    return emergencies.newest(of={"reviewed": reviewed}, by="openedAt", limit=limit, cursor=cursor)


def _record(uid: str, emergency_id: str) -> Record:
    return Record(uid, f"emergencies/{emergency_id}")
