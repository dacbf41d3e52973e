"""The only code that reads or writes `payees` and `earnings`."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from app.kit import ids
from app.kit.firestore import Collection, ConflictError, Snapshot, Write, commit, read, retrying
from app.platform.connect.models.documents import Earning, EarningState, Payee
from app.platform.mail import mailing
from app.platform.payments.models.documents import Payout, PayoutState
from app.platform.payments.store import truth

payees = Collection("payees", Payee)
earnings = Collection("earnings", Earning)

PAGE = 200


def seen(earning_id: str) -> Snapshot[Earning]:
    """Return an earning as it is. One read."""
    (snapshot,) = read(earnings.key(earning_id))
    return snapshot


def save(before: Snapshot[Earning], after: Earning, *also: Write) -> bool:
    """Replace an earning, unless somebody changed it since it was seen; return whether it was done.

    One commit; a read, where the answer was lost.

    Raises:
        UnavailableError: Firestore does not answer.
    """
    write_id = ids.new()

    def attempt() -> bool:
        try:
            commit(earnings.replace(before, after, write_id), *also)
        except ConflictError:
            now = seen(before.id).value
            return now is not None and now.write_id == write_id  # the answer was lost before
        return True

    return retrying(attempt)


def change(earning_id: str, to: Callable[[Earning], Earning]) -> Earning:
    """Replace an earning by `to(earning)` and return the new one. One read and one commit."""
    return earnings.update(earning_id, to)


def due(at: datetime, limit: int) -> list[str]:
    """Return the ids of earnings to look at by now, those that wait longest first. One query."""
    found = earnings.find(before={"lookAt": at}, order_by="lookAt", limit=limit)
    return [snapshot.id for snapshot in found]


def open_of(payee_id: str) -> Iterator[tuple[str, Earning]]:
    """Yield what a payee is owed and has not been given. One query a page."""
    after = None
    while True:
        found = earnings.find(
            equal={"payeeId": payee_id, "open": True}, after_id=after or None, limit=PAGE
        )
        yield from ((each.id, each.value) for each in found if each.value is not None)
        if len(found) < PAGE:
            return
        after = found[-1].id


def of_payment(payment_id: str) -> list[str]:
    """Return the ids of the earnings that come out of a payment. One query."""
    found = earnings.find(equal={"paymentIntentId": payment_id}, limit=PAGE)
    return [snapshot.id for snapshot in found]


def page_in(
    state: EarningState, *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, Earning]], str | None]:
    """Return earnings in a state with their ids, newest first, and the next cursor. One query."""
    return earnings.newest(of={"state": state.value}, by="earnedAt", limit=limit, cursor=cursor)


def payouts_of(
    account_id: str, *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, Payout]], str | None]:
    """Return payouts of an account with their ids, newest first, and the next cursor."""
    of = {"account": account_id}
    return truth.payouts.newest(of=of, by="createdAt", limit=limit, cursor=cursor)


def failed_payouts(
    *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, Payout]], str | None]:
    """Return payouts of everybody that failed, with their ids, newest first."""
    of = {"state": PayoutState.FAILED.value}
    return truth.payouts.newest(of=of, by="createdAt", limit=limit, cursor=cursor)


def by_account(account_id: str) -> Snapshot[Payee] | None:
    """Return whose account this is. One query."""
    found = payees.find(equal={"accountId": account_id}, limit=1)
    return found[0] if found else None


def follow(payee_id: str, to: Callable[[Payee], Payee]) -> Payee:
    """Replace a payee by `to(payee)` and return the new one. One read, one commit if it changes.

    Raises:
        NotFoundError: there is no such payee.
    """
    return payees.update(payee_id, to)


def unsent(mail_id: str) -> bool:
    """Return whether a mail has not been queued. One read."""
    (mail,) = read(mailing.key(mail_id))
    return mail.value is None


def send(writes: Iterable[Write]) -> None:
    """Queue a mail, unless somebody else just did. One commit."""
    writes = tuple(writes)

    def attempt() -> None:
        try:
            commit(*writes)
        except ConflictError:
            return

    retrying(attempt)
