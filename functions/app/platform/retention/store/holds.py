"""Legal holds. `held` is what everything asks that deletes records of a person."""

from collections.abc import Iterator

from app.kit.firestore import Collection
from app.platform.records import store as records
from app.platform.records.register import TYPES
from app.platform.retention.models.holds import RECORDS, Hold, person

PAGE = 100

holds = Collection("holds", Hold)


def held(uid: str) -> bool:
    """Whether a hold keeps anything that is about a person.

    A hold of a record type concerns whoever has such records, which nobody reads without their
    key. One query for people, one for types, and one for each type that is held.
    """
    return person_held(uid) or any(
        records.owned(TYPES[name], uid, limit=1) for name in types_held()
    )


def person_held(uid: str) -> bool:
    """Whether a hold keeps all that is about a person. One query."""
    return bool(holds.find(equal={"holding": person(uid)}, limit=1))


def types_held() -> frozenset[str]:
    """Return the collections that a hold keeps, whomever they are about. One query a page."""
    return frozenset(hold.record_type for hold in _of_types() if hold.record_type is not None)


def page_of(*, limit: int, cursor: str | None) -> tuple[list[tuple[str, Hold]], str | None]:
    """Return a page of all holds, newest first, and the next cursor. One query."""
    return holds.newest(of={}, by="placedAt", limit=limit, cursor=cursor)


def _of_types() -> Iterator[Hold]:
    """Yield the active holds of record types, which order after those of people."""
    after = None
    while True:
        found = holds.find(order_by="holding", descending=True, after=after, limit=PAGE)
        for seen in found:
            if seen.value is None or not seen.value.holding.startswith(RECORDS):
                return
            yield seen.value
        if len(found) < PAGE:
            return
        after = (found[-1].value.holding if found[-1].value else "", found[-1].id)
