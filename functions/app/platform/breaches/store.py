"""The only code that reads or writes `breaches`."""

from app.kit.firestore import Collection
from app.platform.breaches.models import Breach

breaches = Collection("breaches", Breach)


def page_of(*, limit: int, cursor: str | None) -> tuple[list[tuple[str, Breach]], str | None]:
    """Return a page of breaches, those discovered last first, and the next cursor. One query.

    Raises:
        InvalidArgumentError: no page ever gave this cursor.
    """
    return breaches.newest(of={}, by="discoveredAt", limit=limit, cursor=cursor)
