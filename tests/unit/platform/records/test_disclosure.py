"""The policy and its audit entries against the tables of `cases`."""

from collections import Counter

import pytest

from app.kit.errors import NotFoundError
from app.platform.audit.models import Action, Outcome, Touched
from app.platform.records import policy, trail
from app.platform.records.models import (
    Access,
    Category,
    GrantKind,
    Owner,
    Recipient,
    RecordType,
    Staff,
    System,
)
from app.platform.records.register import TYPES
from tests.unit.platform.records.cases import COVERED, ROWS, Case, invented_types, random_cases

CASES = 100_000
ACTORS = ("Owner", "System", "Staff", "Recipient")
FIELDS_FOR = dict.fromkeys(GrantKind, "shared") | {GrantKind.EMERGENCY: "emergency"}
OPENED = {(row.category, who) for row in ROWS for who in row.who}


@pytest.fixture(autouse=True)
def invented(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, kind in invented_types().items():
        monkeypatch.setitem(TYPES, name, kind)


def allowed(case: Case) -> bool:
    kind = TYPES[case.record.collection]
    try:
        policy.require_opening(kind, case.record, [case.row.field], case.by, case.at)
    except NotFoundError:
        return False
    return True


def audited(case: Case) -> tuple[object, ...] | None:
    """Return what the audit log says of a case that is allowed."""
    places = [(case.record, [case.row.field])]
    entry = trail.entry(Action.READ, places, case.by, Outcome.ALLOWED, case.at)
    if entry is None:
        return None
    return (
        *(entry.at, entry.subject, entry.touched, entry.actor, entry.role, entry.purpose),
        *(entry.grant_id, entry.notice),
    )


def told(case: Case) -> tuple[object, ...] | None:
    """Return what the audit log must say of a lawful case; None for nothing."""
    match case.by:
        case Owner(uid):
            who: tuple[object, ...] = (uid, "owner", "self", None, False)
        case System(purpose):
            who = ("system", "system", purpose, None, False)
        case Staff(uid, role, purpose):
            who = (uid, role, purpose, None, False)
        case Recipient(uid, purpose, grant):
            who = (uid, "recipient", purpose, grant.id, grant.kind is not GrantKind.EMERGENCY)
    if case.record.collection == "operations":  # a copy for the caller, whose source is audited
        return None
    touched = (Touched(path=case.record.path, fields=(case.row.field,)),)
    return (case.at, case.record.uid, touched, *who)


def test_100_000_random_cases_are_decided_and_audited_as_the_tables_say() -> None:
    wrong, seen = [], Counter[str]()
    used = set()
    for case in random_cases(20270301, CASES):
        decided = allowed(case)
        if decided != case.lawful or (decided and audited(case) != told(case)):
            wrong.append(case)
        seen[f"{type(case.by).__name__} {case.lawful}"] += 1
        if case.lawful and isinstance(case.by, Recipient):
            seen[case.by.grant.kind] += 1
            used.add((case.by.grant.kind, case.by.purpose, case.row.category))

    assert wrong[:3] == []
    # Both answers came up often for everybody, each kind of grant allowed something, and so did
    # each use in the table whose category has a field for it.
    assert all(seen[f"{who} {answer}"] > 100 for who in ACTORS for answer in (True, False)), seen
    assert all(seen[kind] > 300 for kind in GrantKind), seen
    assert used == {(k, p, c) for k, p, c in COVERED if (c, FIELDS_FOR[k]) in OPENED}


def test_the_tables_name_every_sealed_field_that_can_be_shared() -> None:
    """A field that a consent or an emergency opens is a decision, so it stands in a table too."""
    stated = {(row.collection, row.field) for row in ROWS if row.who & {"shared", "emergency"}}
    shared = {
        (name, field)
        for name, kind in TYPES.items()
        if kind.access
        for field in kind.access.shared | kind.access.emergency
    }
    coaching_answers = {(c, f) for c, f in shared if c in {"assessment_records", "plan_requests"}}

    assert shared - coaching_answers == stated - coaching_answers


def test_what_a_grant_opens_is_audited_whatever_the_register_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quiet = Access(fields=frozenset({"text"}), shared=frozenset({"text"}), audited=False)
    monkeypatch.setitem(TYPES, "notes", RecordType("notes", "", Category.PROFILE, access=quiet))
    case = next(c for c in random_cases(3, 1000) if c.consented and c.record.collection == "notes")

    entry = trail.entry(Action.READ, [(case.record, ["text"])], case.by, Outcome.REFUSED, case.at)

    assert entry is not None
    assert (entry.outcome, entry.notice) == (Outcome.REFUSED, False)


def test_one_field_that_is_closed_closes_the_request() -> None:
    mixed = 0
    for case in random_cases(5, 5_000):
        access = TYPES[case.record.collection].access
        assert access is not None
        openable = policy.openable(TYPES[case.record.collection], case.record, case.by, case.at)
        if not openable or openable == access.fields:
            continue
        mixed += 1
        with pytest.raises(NotFoundError):
            policy.require_opening(
                TYPES[case.record.collection], case.record, access.fields, case.by, case.at
            )
    assert mixed > 50
