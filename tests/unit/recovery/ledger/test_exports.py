"""The ledger as a file: every format from the same entries, and none with a gap."""

import csv
import io
import itertools
import json

import pytest

from app.recovery import charity
from app.recovery.ledger.models import Entry, Kind
from app.recovery.ledger.models.exports import Format, ReadExport
from app.recovery.ledger.policy import batches, exports, periods
from app.recovery.ledger.policy.formats import tables
from app.recovery.ledger.policy.formats.part import Part
from tests.support import ledgers


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    made = (batches.entries(batch) for _, batch in ledgers.planned(400))
    return list(itertools.chain.from_iterable(made))


@pytest.fixture(autouse=True)
def emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")


def part_of(request: ReadExport, size: int, newest: list[Entry] | None = None) -> Part:
    return exports.part(request, size, newest or [], charity.issuer())


def file_of(request: ReadExport, entries: list[Entry], size: int | None = None) -> str:
    part = part_of(request, len(entries) if size is None else size)
    return b"".join(exports.chunks(request, part, entries)).decode()


@pytest.mark.parametrize("wanted", [Format.CSV, Format.JSON_LINES, Format.HLEDGER])
@pytest.mark.parametrize("lost", [0, 1, 200, -2, -1])
def test_a_gap_ends_the_file(entries: list[Entry], wanted: Format, lost: int) -> None:
    without = entries.copy()
    del without[lost]
    request = ReadExport(format=wanted)

    with pytest.raises(RuntimeError, match="missing"):
        file_of(request, without, len(entries))


def test_entries_out_of_order_end_the_file(entries: list[Entry]) -> None:
    request = ReadExport(format=Format.CSV, kind=Kind.DONATION)
    turned = [entries[3], entries[1], entries[5]]
    part = part_of(request, len(entries), [entries[5]])

    with pytest.raises(RuntimeError, match="out of order"):
        list(exports.chunks(request, part, turned))


def test_a_cut_file_has_no_end(entries: list[Entry]) -> None:
    for wanted, end in ((Format.HLEDGER, "; the end"), (Format.GRANTS, "]}")):
        request = ReadExport(format=wanted)
        groups = [e for e in entries if wanted is not Format.GRANTS or e.group is not None]
        whole = part_of(request, len(entries), groups[-1:])
        got = b""
        with pytest.raises(RuntimeError):  # noqa: PT012  # what came before it is looked at
            for chunk in exports.chunks(request, whole, groups[:-1]):
                got += chunk
        assert end not in got.decode()


def test_what_a_leaf_says_can_be_no_formula(entries: list[Entry]) -> None:
    for cell in ("=1", "+1", "@x", "-x", "-1-1", 'a"b', "a,b", "a\nb", "a\r", "\ta", " a", "é"):
        account = (cell, "1")
        shown = entries[0].model_copy(
            update={"postings": dict([account]), "account_balances": {cell: "1"}}
        )
        with pytest.raises(ValueError, match="quoted"):
            file_of(ReadExport(format=Format.CSV), [shown])


def test_every_row_has_every_column(entries: list[Entry]) -> None:
    text = file_of(ReadExport(format=Format.CSV), entries)
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))

    assert rows[0] == list(tables.COLUMNS)
    assert {len(row) for row in rows} == {len(tables.COLUMNS)}
    assert len(rows) == 1 + sum(len(entry.postings) for entry in entries)
    assert text.count("\r\n") == text.count("\n") == len(rows)


def test_each_line_is_an_entry_of_a_page(entries: list[Entry]) -> None:
    text = file_of(ReadExport(format=Format.JSON_LINES), entries)
    assert [json.loads(line)["index"] for line in text.splitlines()] == [e.index for e in entries]


def test_nothing_is_told_of_a_moment_finer_than_a_day(entries: list[Entry]) -> None:
    grouped = [entry for entry in entries if entry.group is not None]
    assert grouped
    for row in csv.DictReader(io.StringIO(file_of(ReadExport(format=Format.CSV), entries))):
        assert len(row["day"]) in {0, len("2027-01-15")}
        assert bool(row["day"]) is not bool(row["period"])
        assert (row["kind"] == Kind.DISBURSEMENT) <= bool(row["period"])


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2027-01-15", "2027-01-15"),
        ("2027-02", "2027-02-28"),
        ("2028-02", "2028-02-29"),
        ("2027-Q1", "2027-03-31"),
        ("2027-Q2", "2027-06-30"),
        ("2027-Q4", "2027-12-31"),
        ("2027-12", "2027-12-31"),
    ],
)
def test_a_period_ends_on_a_day(moment: str, day: str) -> None:
    assert periods.last_day(moment) == day
