"""The only code that reads or writes the `donations` collection."""

from datetime import datetime

from app.kit.firestore import Collection, Snapshot
from app.recovery.donations.models import Donation

donations = Collection("donations", Donation)


def page_of(uid: str, after: tuple[datetime, str] | None, limit: int) -> list[Snapshot[Donation]]:
    """Return gifts of a donor, newest first."""
    return donations.find(
        equal={"uid": uid}, order_by="createdAt", descending=True, after=after, limit=limit
    )
