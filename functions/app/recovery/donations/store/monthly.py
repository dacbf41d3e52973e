"""`monthly_gifts` and the `gift_terms` that they are billed by."""

from collections.abc import Callable, Sequence

from app.kit import ids
from app.kit.firestore import Collection, ConflictError, Write, commit, read, retrying
from app.recovery.donations.models.monthly import MonthlyGift, Terms

gifts = Collection("monthly_gifts", MonthlyGift)
terms = Collection("gift_terms", Terms)


def page_of(
    uid: str, *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, MonthlyGift]], str | None]:
    """Return monthly gifts of a donor with their ids, newest first, and the next cursor."""
    return gifts.newest(of={"uid": uid}, by="createdAt", limit=limit, cursor=cursor)


def keep_terms(terms_id: str, value: Terms) -> None:
    """Store terms unless they are there. One commit, and a read where they are."""

    def attempt() -> None:
        try:
            commit(terms.create(terms_id, value))
        except ConflictError:
            if terms.get(terms_id) is None:
                raise

    retrying(attempt)


def settle(
    gift_id: str, change: Callable[[MonthlyGift], tuple[MonthlyGift, Sequence[Write]]]
) -> None:
    """Replace a monthly gift by what `change` says, with the writes that go with that.

    One read and one commit; no commit where nothing changes, or for a gift that is erased.

    Raises:
        AbortedError: other writers kept getting in between.
        UnavailableError: Firestore does not answer.
    """
    write_id = ids.new()

    def attempt() -> None:
        (seen,) = read(gifts.key(gift_id))
        gift: MonthlyGift | None = seen.value
        if gift is None or gift.write_id == write_id:
            return
        changed, also = change(gift)
        if changed != gift:
            commit(gifts.replace(seen, changed, write_id), *also)

    retrying(attempt)
