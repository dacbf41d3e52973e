"""Everything that is held about a person, read by the register, whatever product keeps it."""

from collections.abc import Iterator
from dataclasses import replace

from app.kit.documents import Stored
from app.kit.errors import NotFoundError
from app.kit.roles import STAFF
from app.platform.privacy.models.holdings import Holding
from app.platform.records import store as records
from app.platform.records import vault
from app.platform.records.models import RecordType
from app.platform.records.vault import Owner, Record, TamperedError

PAGE = 100
BOOKKEEPING = frozenset({"revision", "writeId", "sealed"})
"""Fields that say nothing about the person."""


def pages(kind: RecordType, uid: str) -> Iterator[list[Holding]]:
    """Yield all documents of one type about a person, closed, in lists of at most `PAGE`.

    One query a page, or one read where the document's id is the person's.
    """
    found = records.owned(kind, uid, limit=PAGE)
    while found:
        yield [_holding(kind, uid, stored) for stored in found]
        if len(found) < PAGE:
            return
        found = records.owned(kind, uid, after=found[-1].id, limit=PAGE)


def opened(page: list[Holding], uid: str) -> list[Holding]:
    """Return documents of one person with what is sealed in them opened, as they may.

    One commit, of the audit; one more for each document where one of them does not open.

    Raises:
        UnavailableError: the person's key cannot be had now.
    """
    try:
        places = [(held.record, held.sealed) for held in page if held.sealed]
        values = iter(vault.opening(*places, by=Owner(uid)).now() if places else ())
        return [replace(held, opened=next(values)) if held.sealed else held for held in page]
    except (NotFoundError, TamperedError):
        if len(page) == 1:
            return [replace(page[0], unreadable=tuple(sorted(page[0].sealed)))]
        return [one for held in page for one in opened([held], uid)]


def _holding(kind: RecordType, uid: str, stored: Stored) -> Holding:
    sealed = stored.fields.get("sealed") or {}
    left_out = BOOKKEEPING | kind.hidden
    shown = {name: value for name, value in stored.fields.items() if name not in left_out}
    if shown.get("role") in STAFF:  # whom of the staff they met is not theirs to learn
        shown.pop("actor", None)
    return Holding(Record(uid, stored.path), shown, sealed)
