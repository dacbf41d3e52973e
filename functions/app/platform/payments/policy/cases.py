"""When a case opens and closes."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from app.kit.errors import FailedPreconditionError
from app.platform.payments.models.cases import (
    Case,
    CaseKind,
    CaseState,
    CloseReason,
    Difference,
)
from app.platform.payments.models.documents import Movement, MovementKind
from app.platform.payments.models.stripe import BookedTransaction
from app.platform.payments.policy.balance import is_on_its_way, movement_id


def told(case: Case | None, difference: Difference | None, at: datetime) -> Case | None:
    """Return what becomes of a case; None where there is none and both sides agree.

    It closes by itself once they agree. One that staff closed opens again only for a difference
    that they have not seen.
    """
    if difference is None:
        if case is None or case.state is CaseState.CLOSED:
            return case
        update = {"state": CaseState.CLOSED, "closed_at": at, "closed_by": ""}
        return case.model_copy(update=update)
    if case is None or (case.state is CaseState.CLOSED and not _is_known(case, difference)):
        return Case(state=CaseState.OPEN, difference=difference, found_at=at)
    return case.model_copy(update={"difference": difference})


def closed(case: Case, reason: CloseReason, *, by: str, at: datetime) -> Case:
    """Return a case that staff closed.

    Raises:
        FailedPreconditionError: it is closed.
    """
    if case.state is CaseState.CLOSED:
        raise FailedPreconditionError("This case is closed already.")
    update = {"state": CaseState.CLOSED, "closed_at": at, "closed_by": by, "reason": reason}
    return case.model_copy(update=update)


def by_subject(booked: Iterable[BookedTransaction]) -> dict[str, list[BookedTransaction]]:
    """Return balance transactions by the movement that they stand for; others by their own id.

    What is still on its way is left out.
    """
    subjects: dict[str, list[BookedTransaction]] = {}
    for transaction in booked:
        if not is_on_its_way(transaction):
            subject = movement_id(transaction) or transaction.id
            subjects.setdefault(subject, []).append(transaction)
    return subjects


def compared(
    subjects: Mapping[str, list[BookedTransaction]], known: Mapping[str, Movement]
) -> dict[str, Difference | None]:
    """Return what the balance and the movements tell differently, by subject; None if the same.

    Args:
        subjects: what the balance tells, by `by_subject`.
        known: the movements, by id, of these subjects and of the same time.
    """
    found = {subject: _difference(told, known.get(subject)) for subject, told in subjects.items()}
    for subject, movement in known.items():
        if subject not in subjects and movement.net_cents:
            found[subject] = Difference(
                kind=CaseKind.UNBOOKED,
                type=movement.kind,
                expected_cents=movement.net_cents,
                actual_cents=0,
                currency=movement.currency,
            )
    return found


def is_settled(case: Case, movement: Movement | None) -> bool:
    """Whether what was missing when a case was opened has come since."""
    difference = case.difference
    return (
        difference.kind is CaseKind.MISSING
        and movement is not None
        and movement.net_cents == difference.actual_cents
        and movement.currency == difference.currency
    )


def _is_known(case: Case, difference: Difference) -> bool:
    """Whether staff closed a case of the same difference."""
    return case.reason is not None and case.difference == difference


def _difference(booked: list[BookedTransaction], movement: Movement | None) -> Difference | None:
    first, net_cents = booked[0], sum(transaction.net for transaction in booked)
    currencies = {transaction.currency.upper() for transaction in booked}
    if movement_id(first) is None:
        kind = CaseKind.UNEXPLAINED
    elif movement is None:
        kind = CaseKind.MISSING
    elif movement.net_cents != net_cents or currencies != {movement.currency}:
        kind = CaseKind.DIFFERS
    elif movement.kind is MovementKind.PAID_OUT and not movement.shares:
        kind = CaseKind.UNEXPLAINED  # somebody started it by hand
    else:
        return None
    return Difference(
        kind=kind,
        type=first.type,
        expected_cents=0 if movement is None else movement.net_cents,
        actual_cents=net_cents,
        currency="/".join(sorted(currencies)),
    )
