"""The only code that reads or writes the collections of receipts."""

from collections.abc import Callable, Iterable
from datetime import datetime

from app.kit import firestore
from app.kit.errors import NotFoundError
from app.kit.firestore import Collection, Snapshot, Write
from app.platform.mail import mailing
from app.platform.mail.mailing import Locale
from app.platform.payments.models.documents import Movement
from app.platform.payments.store.truth import movements
from app.recovery.donations.store.gifts import donations
from app.recovery.receipts.models.receipts import (
    Notice,
    Receipt,
    ReceiptState,
    Series,
)
from app.recovery.receipts.models.statements import Statement, statement_id

receipts = Collection("receipts", Receipt)
series = Collection("receipt_series", Series)
giving_statements = Collection("giving_statements", Statement)

type Tell = Callable[[str, Receipt, Statement | None], tuple[Statement, Notice]]
"""Returns the statement of the year, touched by a version of a receipt, and the donor's mail."""

MAIN = "main"
BATCH = 100
"""How many receipts are numbered in one commit, which makes three writes for each."""
PAGE = 300
MAX_MOVEMENTS = 1000


def movement(movement_id: str) -> Movement | None:
    """Return a movement of money. One read."""
    return movements.get(movement_id)


def movements_of(payment_id: str) -> list[Movement]:
    """Return all movements of a payment's money so far. One query."""
    found = movements.find(equal={"paymentIntentId": payment_id}, limit=MAX_MOVEMENTS)
    return [seen.value for seen in found if seen.value is not None]


def donor(donation_id: str) -> str:
    """Return whose gift it is. One read.

    Raises:
        NotFoundError: there is no such gift.
    """
    found = donations.get(donation_id)
    if found is None:
        raise NotFoundError("There is no such gift.")
    return found.uid


def follow(
    receipt_id: str, at: datetime, decide: Callable[[Receipt | None], Receipt | None], tell: Tell
) -> bool:
    """Bring a receipt up to what `decide` makes of it, and tell the donor of a new version.

    A read and, where something changes, a commit; with a new version, a read more.

    Args:
        receipt_id: its id, whether it is there or not.
        at: the time.
        decide: returns it as it is to be; None for none. It looks at the movements after the
            receipt was read, so that of two at once the later one writes with all in view.
        tell: says who is to learn of a new version.

    Returns:
        Whether it waits for its number.
    """

    def attempt() -> bool:
        (seen,) = firestore.read(receipts.key(receipt_id))
        before: Receipt | None = seen.value
        receipt = decide(before)
        if receipt is None:
            return False
        if receipt != before:
            told: Iterable[Write] = ()
            if receipt.state is ReceiptState.ISSUED:
                stated = statement_id(receipt.uid, receipt.year)
                (statement,) = firestore.read(giving_statements.key(stated))
                told = _told(tell, receipt_id, receipt, statement, at)
            firestore.commit(receipts.replace(seen, receipt), *told)
        return receipt.state is ReceiptState.WAITING

    return firestore.retrying(attempt)


def number_waiting(at: datetime, issue: Callable[[Receipt, int], Receipt], tell: Tell) -> int:
    """Give at most `BATCH` receipts the next numbers of their years; return how many there were.

    A query, a read and a commit, of numbers and receipts together: whatever ends it or repeats
    it, no number is left out or given twice.
    """

    def attempt() -> int:
        found = receipts.find(equal={"state": ReceiptState.WAITING}, limit=BATCH)
        waiting = [(seen, seen.value) for seen in found if seen.value is not None]
        if not waiting:
            return 0
        waiting.sort(key=lambda item: (item[1].given_at, item[0].id))
        years = sorted({receipt.year for _, receipt in waiting})
        stated = sorted({statement_id(r.uid, r.year) for _, r in waiting})
        seen = firestore.read(
            *(series.key(str(year)) for year in years), *map(giving_statements.key, stated)
        )
        counters: list[Snapshot[Series]] = list(seen[: len(years)])
        by_id = {statement.id: statement for statement in seen[len(years) :]}
        last = {counter.id: (counter.value or Series()).last for counter in counters}
        writes: list[Write] = []
        told: dict[str, Statement] = {}
        for place, receipt in waiting:
            last[str(receipt.year)] += 1
            issued = issue(receipt, last[str(receipt.year)])
            stated_id = statement_id(receipt.uid, receipt.year)
            before = told.get(stated_id, by_id[stated_id].value)
            told[stated_id], notice = tell(place.id, issued, before)
            writes += [receipts.replace(place, issued), *_queued(receipt.uid, notice, at)]
        writes += [giving_statements.replace(by_id[i], statement) for i, statement in told.items()]
        writes += [series.replace(c, Series(last=last[c.id])) for c in counters]
        firestore.commit(*writes)
        return len(waiting)

    return firestore.retrying(attempt)


def _told(
    tell: Tell, receipt_id: str, receipt: Receipt, statement: Snapshot[Statement], at: datetime
) -> list[Write]:
    """Return the writes that tell of a new version: to the year's statement, and to the donor.

    The statement is written even where nothing in it changes: whoever issues it now from what
    was so before has to look again.
    """
    touched, notice = tell(receipt_id, receipt, statement.value)
    mail = _queued(receipt.uid, notice, at)
    return [giving_statements.replace(statement, touched), *mail]


def _queued(uid: str, notice: Notice, at: datetime) -> Iterable[Write]:
    return mailing.queued(
        notice.id,
        uid,
        notice.template,
        Locale.EN,  # accounts know no language
        at,
        parameters=notice.parameters,
        attached=notice.attached,
    )


def page_of(
    uid: str, *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, Receipt]], str | None]:
    """Return issued receipts of a donor with their ids, newest gift first, and the next cursor."""
    of = {"uid": uid, "state": ReceiptState.ISSUED}
    return receipts.newest(of=of, by="givenAt", limit=limit, cursor=cursor)


def owned(receipt_id: str, uid: str) -> Receipt:
    """Return a receipt that was issued to a person. One read.

    Raises:
        NotFoundError: there is none, or it is another's.
    """
    found = receipts.get(receipt_id)
    if found is None or found.uid != uid or found.state is not ReceiptState.ISSUED:
        raise NotFoundError("There is no such receipt.")
    return found


def statement_of(statement_id: str, uid: str) -> Statement:
    """Return a statement that was issued to a person. One read.

    Raises:
        NotFoundError: there is none.
    """
    found = giving_statements.get(statement_id)
    if found is None or found.uid != uid or not found.versions:
        raise NotFoundError("There is no statement for this year.")
    return found


def due(at: datetime, limit: int) -> list[str]:
    """Return the ids of statements that are to be issued, those longest so first. One query."""
    found = giving_statements.find(before={"dueAt": at}, order_by="dueAt", limit=limit)
    return [seen.id for seen in found]


def issue_statement(
    statement_id: str,
    at: datetime,
    decide: Callable[[Statement, list[Receipt]], tuple[Statement, Notice | None]],
) -> None:
    """Issue a statement if it is due, and tell the donor of a new version.

    A read, a query for each `PAGE` receipts, and a commit.

    Args:
        statement_id: its id.
        at: the time.
        decide: returns it as it is to be, given the receipts of its year, and the mail of a new
            version.
    """

    def attempt() -> None:
        (seen,) = firestore.read(giving_statements.key(statement_id))
        before: Statement | None = seen.value
        if before is None or before.due_at is None or before.due_at > at:
            return
        statement, notice = decide(before, _of_year(before.uid, before.year))
        told = () if notice is None else _queued(statement.uid, notice, at)
        firestore.commit(giving_statements.replace(seen, statement), *told)

    firestore.retrying(attempt)


def _of_year(uid: str, year: int) -> list[Receipt]:
    found: list[Receipt] = []
    after_id = None
    while True:
        page = receipts.find(equal={"uid": uid, "year": year}, after_id=after_id, limit=PAGE)
        found += [seen.value for seen in page if seen.value is not None]
        if len(page) < PAGE:
            return found
        after_id = page[-1].id
