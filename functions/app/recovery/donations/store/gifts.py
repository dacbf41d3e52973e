"""The only code that reads or writes the `donations` collection."""

from app.kit.firestore import Collection
from app.recovery.donations.models.gifts import Donation

donations = Collection("donations", Donation)


def page_of(
    uid: str, *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, Donation]], str | None]:
    """Return gifts of a donor with their ids, newest first, and the next cursor."""
    return donations.newest(of={"uid": uid}, by="createdAt", limit=limit, cursor=cursor)
