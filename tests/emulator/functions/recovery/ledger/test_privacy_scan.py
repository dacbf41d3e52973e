"""Nothing public tells of anybody: no name, no id, no cell of one to ten people, no exact time.

After a year with few and many payments in each cell, everything that is public is read and
searched: leaves, pages, exports and statistics, as they were after each month.
"""

import json
import re
from datetime import UTC, datetime
from itertools import combinations

import pytest

from app.recovery.ledger import sequencer
from app.recovery.ledger.store import aid as payments
from tests.emulator.functions.recovery.ledger import money
from tests.emulator.functions.recovery.ledger.aid import pay
from tests.unit.recovery.ledger.audit import audit_settled

CELLS = {
    ("FOOD", "2027-01"): 12,
    ("FOOD", "2027-02"): 5,
    ("MEDICAL", "2027-02"): 4,
    ("MEDICAL", "2027-03"): 9,
    ("TECH", "2027-01"): 3,
    ("TRANSPORT", "2027-03"): 2,
    ("HOUSING", "2027-02"): 10,
    ("HOUSING", "2027-05"): 1,
    ("FLEX", "2027-04"): 7,
    ("CLOTHING", "2027-06"): 11,
    ("TECH", "2027-05"): 8,
    ("IDENTITY", "2027-08"): 1,
}
"""How many people are helped, by fund and month."""
YEAR = [f"2027-{number:02}" for number in range(1, 13)]
FINER_THAN_A_DAY = re.compile(r"\d\d:\d\d|T\d\d")


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """Take no pause between batches."""
    monkeypatch.setattr(sequencer.time, "sleep", lambda _: None)


@pytest.fixture
def lived(backend, set_clock):
    """Live through the year; return what was public after each month, and each payment's cents."""
    set_clock(datetime(2027, 1, 1, 12, 34, 56, tzinfo=UTC))
    funds = sorted({fund for fund, _ in CELLS})
    for name in ("anna-secret", "bert-secret"):
        gift = money.give(name, dict.fromkeys(funds, 9_000_00))
        backend.deliver("ledger_on_movement_created", gift)
    told, cents = [], {}
    for number, month in enumerate(YEAR, 1):
        set_clock(datetime(2027, number, 20, 12, 34, 56, tzinfo=UTC))
        for (fund, when), people in CELLS.items():
            for person in range(people if when == month else 0):
                name = f"pay-{fund}-{month}-{person}"
                cents[name] = 1_000_01 + 7 * len(cents)  # no two are the same
                uid, vendor = f"person-{fund}-{person}", "vendor-secret"
                pay(name, uid, fund, f"{month}-19", cents=cents[name], vendor_id=vendor)
        backend.tick("ledger_sequence_every_minute")
        after = datetime(2027 + number // 12, number % 12 + 1, 1, 5, tzinfo=UTC)
        set_clock(after)
        backend.tick("ledger_group_disbursements")
        backend.tick("ledger_sequence_every_minute")
        told.append(public(backend))
    audit_settled(*money.ledger())
    return told, cents


def public(backend):
    """Return all that anybody can read now, by what it is."""
    _, batches, _, _ = money.ledger()
    shown = {
        "leaves": b"\n".join(leaf for batch in batches for leaf in batch.entries).decode(),
        "page": backend.request("ledger_page", method="GET", query_string={"limit": "100"}),
        "years": backend.request("ledger_statistics", method="GET"),
        "months": backend.request("ledger_statistics", method="GET", query_string={"year": "2027"}),
        **{
            kind: backend.request("ledger_export", method="GET", query_string={"format": kind})
            for kind in ("csv", "jsonl", "hledger", "360giving")
        },
    }
    return {
        name: part if isinstance(part, str) else part.get_data(as_text=True)
        for name, part in shown.items()
    }


def numbers(value):
    """Yield every whole number in parsed JSON, also those written as strings."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from numbers(part)
    elif re.fullmatch(r"-?\d+", str(value)):
        yield abs(int(value))


def test_nothing_public_tells_of_anybody(lived):
    told, cents = lived
    assert told[-1]["leaves"].count('"group":') >= 4  # the scan is not blind
    known = {seen.id: seen.value for seen in payments.payments.find(limit=200)}
    waiting = {key for key, payment in known.items() if not payment.group}
    assert len(waiting) >= 10

    for part in told:
        for name, text in part.items():
            assert "DONATION" in text or name in {"years", "months", "hledger", "360giving"}, name
            for secret in ("secret", "person-", "pay-", "donor", "pi_", "cs_", "shop"):
                assert secret not in text, (name, secret)
            assert not FINER_THAN_A_DAY.search(text), name
            assert "2027-01-19" not in text, name

    # Neither an amount that waits nor a sum of cells of one to ten people is anywhere.
    cells = {}
    for payment in known.values():
        cells.setdefault((payment.category, payment.day[:7]), []).append(payment.amount_cents)
    few = [sum(amounts) for amounts in cells.values() if len(amounts) < 11]
    untold = {known[key].amount_cents for key in waiting}
    for part in told:
        figures = {*numbers(json.loads(part["years"])), *numbers(json.loads(part["months"]))}
        amounts = set()
        for leaf in map(json.loads, part["leaves"].split("\n")):
            amounts.update(map(int, leaf.get("group", {}).pop("amounts", ())))
            figures.update(numbers(leaf))
        assert not (figures | amounts) & untold
        assert not figures & set(few)  # a group tells its payments one by one, and sums of none
    # Nor is it the difference of two figures on disbursements, whenever and of what they were.
    disbursed = {
        fund["disbursedCents"]
        for part in told
        for view in ("years", "months")
        for period in json.loads(part[view])["periods"]
        for fund in period["funds"]
    } | {
        json.loads(part["years"])["statement"]["differenceCents"]
        for part in told
        if json.loads(part["years"])["statement"]
    }
    differences = {abs(some - more) for some, more in combinations(disbursed, 2)}
    assert not differences & set(few)
    recipients = {
        fund["recipients"]
        for part in told
        for view in ("years", "months")
        for period in json.loads(part[view])["periods"]
        for fund in period["funds"]
    }
    assert not {n for n in recipients if 1 <= n <= 10}
    assert len(cents) == sum(CELLS.values())
