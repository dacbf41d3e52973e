"""The collections of payments for people."""

import secrets
from collections.abc import Iterable, Mapping
from itertools import batched

from app.kit import firestore
from app.kit.firestore import Collection, ConflictError, Snapshot, Write
from app.recovery.ledger.models import PrivateRecord, QueueItem, State
from app.recovery.ledger.models.aid import ClearedPayment, Grouping, PlannedGroup, VendorKey
from app.recovery.ledger.store import MAIN, MAX_WRITES, PAGE, private, queue, try_commit

payments = Collection("ledger_payments", ClearedPayment)
groups = Collection("ledger_groups", PlannedGroup)
groupings = Collection("ledger_grouping", Grouping)
vendor_keys = Collection("ledger_vendor_keys", VendorKey)

KEY_BYTES = 32
_NEVER = "9999-12-31"


def vendor_key(quarter: str) -> bytes:
    """Return the key of a quarter's pseudonyms, made if need be. A read; once also a commit."""

    def attempt() -> bytes:
        found = vendor_keys.get(quarter)
        if found is None:
            found = VendorKey(key=secrets.token_bytes(KEY_BYTES))
            firestore.commit(vendor_keys.create(quarter, found))
        return found.key

    return firestore.retrying(attempt)


def forget_vendors(quarter: str) -> None:
    """Delete the keys of the pseudonyms of `quarter` and all before: nobody is found by them."""
    found = vendor_keys.find(limit=PAGE)
    try_commit(*(vendor_keys.delete(seen) for seen in found if seen.id <= quarter))


def append(
    idem: str, item: QueueItem, payment: ClearedPayment, record: PrivateRecord | None, *trail: Write
) -> None:
    """Queue that a payment cleared, with all that is kept of it, unless it is queued. One commit.

    Somebody who was erased has no private record. `trail` are the audit's writes, part of it.
    """
    kept = [] if record is None else [private.create(idem, record)]

    def attempt() -> None:
        try:
            firestore.commit(
                queue.create(idem, item), payments.create(idem, payment), *kept, *trail
            )
        except ConflictError:
            if queue.get(idem) is None:
                raise

    firestore.retrying(attempt)


def progress() -> Snapshot[Grouping]:
    """Return how far payments are grouped. One read."""
    (seen,) = firestore.read(groupings.key(MAIN))
    return seen


def oldest_day() -> str | None:
    """Return the day of the oldest payment that is in no group. One query."""
    found = payments.find(equal={"group": ""}, order_by="day", limit=1)
    return next((seen.value.day for seen in found if seen.value is not None), None)


def waiting(before_day: str) -> dict[str, ClearedPayment]:
    """Return the payments in no group that cleared before a day, and are known to have, by id.

    A query and a read for each `PAGE`.
    """
    known: dict[str, ClearedPayment] = {}
    after = None
    while True:
        found = payments.find(
            equal={"group": ""},
            before={"day": before_day},
            order_by="day",
            after=after,
            limit=PAGE,
        )
        cleared = {seen.id: seen.value for seen in found if seen.value is not None}
        known |= {key: cleared[key] for key in _sequenced(cleared)}
        if len(found) < PAGE or found[-1].value is None:
            return known
        after = (found[-1].value.day, found[-1].id)


def _sequenced(idems: Iterable[str]) -> list[str]:
    keys = [queue.key(idem) for idem in idems]
    found = firestore.read(*keys) if keys else ()
    return [s.id for s in found if s.value is not None and s.value.state is State.SEQUENCED]


def commit_groups(
    seen: Snapshot[Grouping],
    grouping: Grouping,
    made: Mapping[str, PlannedGroup],
    items: Mapping[str, QueueItem],
) -> None:
    """Make the groups of a month, if none made them since `seen`: the point that decides them.

    Whether they were made, the next look at the progress tells.
    """
    try_commit(
        groupings.replace(seen, grouping),
        *(queue.create(idem, item) for idem, item in items.items()),
        *(groups.create(idem, group) for idem, group in made.items()),
    )


def made_after(month: str) -> dict[str, PlannedGroup]:
    """Return the groups that were made after the end of a month, by idem. A query each `PAGE`."""
    made: dict[str, PlannedGroup] = {}
    after = None
    while True:
        found = groups.find(equal={"month": month}, after_id=after, limit=PAGE)
        made |= {seen.id: seen.value for seen in found if seen.value is not None}
        if len(found) < PAGE:
            return made
        after = found[-1].id


def mark(made: Mapping[str, PlannedGroup]) -> None:
    """Mark the payments of groups with them. A read and a commit for each `MAX_WRITES`.

    It can end anywhere and be repeated.
    """
    for idem, group in made.items():
        for part in batched(group.payments, MAX_WRITES, strict=False):
            firestore.retrying(lambda: _mark(idem, part))  # noqa: B023  # runs in this iteration


def _mark(idem: str, keys: Iterable[str]) -> None:
    found = firestore.read(*map(payments.key, keys))
    writes = [
        payments.replace(seen, seen.value.model_copy(update={"group": idem}))
        for seen in found
        if seen.value is not None and not seen.value.group
    ]
    if writes:
        firestore.commit(*writes)


def marked(seen: Snapshot[Grouping], grouping: Grouping) -> None:
    """Keep that all payments of a month are marked, if nobody got further since `seen`."""
    try_commit(groupings.replace(seen, grouping))


def outstanding_cents() -> int:
    """Return what payments sum to that cleared and that no entry tells of.

    Those of a group count until its entry is in the ledger. A query for each `PAGE` of payments
    and a read, and a query for the last groups and a read.
    """
    ungrouped = sum(payment.amount_cents for payment in waiting(_NEVER).values())
    done = progress().value
    made = {} if done is None else made_after(done.through)
    told = set(_sequenced(made))
    return ungrouped + sum(group.total_cents for idem, group in made.items() if idem not in told)
