"""`donations`, and `donor_totals`, which are their sums."""

from collections.abc import Callable

from app.kit import ids
from app.kit.errors import NotFoundError
from app.kit.firestore import Collection, ConflictError, commit, read, retrying
from app.platform.payments.models.documents import PaymentState
from app.recovery.donations.models.dashboard import DonorTotals
from app.recovery.donations.models.gifts import Donation

donations = Collection("donations", Donation)
totals = Collection("donor_totals", DonorTotals)

type Recount = Callable[[DonorTotals | None, Donation, Donation], DonorTotals | None]
"""Returns a donor's totals after a gift changed, given them as they are; None to leave them."""


def page_of(
    uid: str, *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, Donation]], str | None]:
    """Return gifts of a donor with their ids, newest first, and the next cursor."""
    return donations.newest(of={"uid": uid}, by="createdAt", limit=limit, cursor=cursor)


def in_state(
    state: PaymentState, *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, Donation]], str | None]:
    """Return gifts of everybody that are in a state, with their ids, newest first."""
    return donations.newest(of={"state": state}, by="createdAt", limit=limit, cursor=cursor)


def create_once(donation_id: str, donation: Donation) -> None:
    """Store a gift unless it is there. One commit, and a read where it is."""

    def attempt() -> None:
        try:
            commit(donations.create(donation_id, donation))
        except ConflictError:
            if donations.get(donation_id) is None:
                raise

    retrying(attempt)


def settle(donation_id: str, change: Callable[[Donation], Donation], recount: Recount) -> None:
    """Replace a gift by `change(gift)`, and its donor's totals by what that makes of them.

    Both are one commit, on the condition that both are as they were seen: what a gift counts
    stands in the gift itself, so that it is counted once however often this is repeated. One
    read and one commit, one more read where sums change; no commit where nothing does.

    Args:
        donation_id: the gift.
        change: runs again after a conflicting write, so it must be pure, or read.
        recount: the same.

    Raises:
        NotFoundError: there is no such gift.
        AbortedError: other writers kept getting in between.
        UnavailableError: Firestore does not answer.
    """
    write_id = ids.new()

    def attempt() -> None:
        (seen,) = read(donations.key(donation_id))
        gift: Donation | None = seen.value
        if gift is None:
            raise NotFoundError("There is no such gift.")
        if gift.write_id == write_id:  # committed before; the answer was lost
            return
        changed = change(gift)
        if changed == gift:
            return
        writes = [donations.replace(seen, changed, write_id)]
        if changed.counted != gift.counted:
            (sums,) = read(totals.key(gift.uid))
            counted = recount(sums.value, gift, changed)
            writes += [] if counted is None else [totals.replace(sums, counted)]
        commit(*writes)

    retrying(attempt)
