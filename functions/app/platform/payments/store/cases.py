"""The only code that reads or writes `payment_cases`."""

from collections.abc import Callable, Iterable, Iterator

from app.kit.firestore import Collection, commit, read, retrying
from app.platform.payments.models.cases import Case, CaseState

cases = Collection("payment_cases", Case)

PAGE = 100


def change(case_ids: Iterable[str], decide: Callable[[str, Case | None], Case | None]) -> None:
    """Make of each case what `decide(id, case)` says. One read, and one commit if need be."""
    keys = [cases.key(case_id) for case_id in case_ids]

    def attempt() -> None:
        decided = [(seen, decide(seen.id, seen.value)) for seen in read(*keys)]
        writes = [
            cases.replace(seen, case)
            for seen, case in decided
            if case is not None and case != seen.value
        ]
        if writes:
            commit(*writes)

    retrying(attempt)


def all_open() -> Iterator[dict[str, Case]]:
    """Yield the open cases by id, a query for each page."""
    after = None
    while True:
        found = cases.find(equal={"state": CaseState.OPEN}, after_id=after, limit=PAGE)
        yield {seen.id: seen.value for seen in found if seen.value is not None}
        if len(found) < PAGE:
            return
        after = found[-1].id


def page_of(
    state: CaseState, *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, Case]], str | None]:
    """Return a page of the cases in a state, oldest first, and the next cursor. One query.

    Raises:
        InvalidArgumentError: no page ever gave this cursor.
    """
    return cases.oldest(of={"state": state}, by="foundAt", limit=limit, cursor=cursor)
