"""`ledger_export`: the whole ledger in every format, or visibly not the whole of it."""

import contextlib
import csv
import io
import json
import re
from decimal import Decimal
from itertools import batched, pairwise

import flask
import pytest
from google.api_core.exceptions import ServiceUnavailable

from app.kit.downloads import BrokenOffError
from app.recovery.ledger import store
from app.recovery.ledger.models.exports import Format
from app.recovery.ledger.policy.formats import journals
from app.recovery.ledger.store import reading
from tests.emulator.functions.recovery.ledger.wire import COMMIT, QUERY, READ, counted, tapped
from tests.support import ledgers
from tests.support.errors import CallError

SEVERAL_THOUSAND = 2000
SOME = 60
REQUIRED = (
    "id",
    "title",
    "description",
    "currency",
    "amountAwarded",
    "awardDate",
    "recipientIndividual",
    "fundingOrganization",
)
"""What the 360Giving Data Standard asks of a grant to an individual."""


def export(backend, wanted, **query):
    """Return an export as text, with its headers."""
    query = {"format": wanted, **query}
    answer = backend.request("ledger_export", method="GET", query_string=query)
    assert answer.status_code == 200, answer.get_data()
    return answer.get_data().decode(), answer.headers


def lines(backend, **query):
    """Return the entries of an export."""
    return [json.loads(line) for line in export(backend, "jsonl", **query)[0].splitlines()]


def rows(text):
    """Return the rows of CSV as dictionaries."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def paged(backend, **query):
    """Return all entries that pages show, oldest first."""
    found, cursor = [], {}
    while cursor is not None:
        page = backend.get("ledger_page", limit=100, **query, **cursor)
        found += page["items"]
        cursor = page["nextCursor"] and {"cursor": page["nextCursor"]}
    return found[::-1]


def as_posted(entries):
    """Return what rows of CSV say of entries, in minor units."""
    return [
        (
            str(entry["index"]),
            entry["day"] or "",
            entry["period"] or "",
            entry["kind"],
            account,
            int(amount),
            int(entry["accountBalances"][account]),
            entry["currency"],
            entry["commitment"] or "",
            *grouped(entry["group"] if account.startswith("funds:") else None),
        )
        for entry in entries
        for account, amount in entry["postings"]
    ]


def grouped(group):
    """Return what the cells of a group say."""
    if group is None:
        return ("", [], "", {})
    vendors = {vendor["vendor"]: int(vendor["total"]) for vendor in group["vendors"] or ()}
    amounts = [int(amount) for amount in group["amounts"]]
    return (str(group["recipients"]), amounts, group["root"], vendors)


def as_read(table):
    """Return the rows of CSV likewise."""
    return [
        (
            row["index"],
            row["day"],
            row["period"],
            row["kind"],
            row["account"],
            cents(row["amount"]),
            cents(row["account_balance"]),
            row["currency"],
            row["commitment"],
            row["recipients"],
            [cents(amount) for amount in row["payments"].split()],
            row["payments_root"],
            {v: cents(t) for v, t in batched(row["vendors"].split(), 2, strict=True)},
        )
        for row in table
    ]


def stored(head, batch):
    """Store a batch with its head, and return its entries."""
    shown = ledgers.store_batch(batch)
    ledgers.store_head(head)
    return shown


def cents(text):
    amount = Decimal(text).scaleb(2)
    assert amount == int(amount)
    return int(amount)


@pytest.fixture
def ledger(backend, monkeypatch):
    """A small ledger, of which an export takes many queries."""
    monkeypatch.setattr(reading, "EXPORTED", 7)
    ledgers.fill(SOME, batch=25)
    return backend


def test_thousands_of_entries_are_those_of_the_pages_in_every_format(backend):
    stored = ledgers.fill(SEVERAL_THOUSAND)
    shown = paged(backend)

    assert len(shown) == len(stored) >= SEVERAL_THOUSAND
    assert ledgers.kinds(stored) == ledgers.PUBLIC
    assert lines(backend) == shown
    text, headers = export(backend, "csv")
    assert as_read(rows(text)) == as_posted(shown)
    assert headers["Ledger-Size"] == str(len(shown))
    assert headers["Ledger-Last-Index"] == str(len(shown) - 1)
    journal, _ = export(backend, "hledger")
    assert journal.count("index:") == len(shown)
    for query in ({"category": "FOOD"}, {"kind": "REFUND", "period": "2027-02"}):
        found = lines(backend, **query)
        assert found == paged(backend, **query)
        assert 0 < len(found) < len(shown)


def test_the_balance_column_adds_up(ledger):
    table = rows(export(ledger, "csv")[0])

    held, funds = {}, {}
    for row in table:
        account, fund = row["account"], row["fund"]
        held[account] = held.get(account, 0) + cents(row["amount"])
        assert cents(row["account_balance"]) == held[account]
        assert fund == (account.split(":")[1] if account.startswith("funds:") else "")
        if fund:
            funds.setdefault(row["index"], {})[fund] = cents(row["fund_balance"])
    for index, balances in funds.items():
        until = [row for row in table if int(row["index"]) <= int(index)]
        for fund, balance in balances.items():
            assert balance == -sum(cents(r["amount"]) for r in until if r["fund"] == fund)
    assert any(row["account"].endswith(":fees") for row in table), "fees are rows of their own"


def test_a_category_alone_has_its_balances_too(ledger):
    table = rows(export(ledger, "csv", category="FOOD")[0])
    of_fund = [row for row in table if row["fund"] == "FOOD"]

    by_account: dict[str, int] = {}
    for row in of_fund:
        before = by_account.get(row["account"], 0)
        by_account[row["account"]] = cents(row["account_balance"])
        assert by_account[row["account"]] == before + cents(row["amount"])


@pytest.mark.parametrize("wanted", Format)
def test_an_empty_ledger_is_a_file_too(backend, wanted):
    text, headers = export(backend, wanted)

    assert headers["Ledger-Size"] == "0"
    assert "Ledger-Last-Index" not in headers
    ends = {Format.CSV: "vendors\r\n", Format.JSON_LINES: "", Format.HLEDGER: "index none\n"}
    ends[Format.GRANTS] = '"grants":[\n]}\n'
    assert text.endswith(ends[wanted])
    assert "index:" not in text


def test_a_file_says_what_it_is_to_pages_of_any_origin(ledger):
    _, headers = export(ledger, "csv", firstIndex="10", size="20")

    assert headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert headers["Content-Disposition"] == 'attachment; filename="ledger-10-20.csv"'
    assert headers["Access-Control-Allow-Origin"] == "*"
    exposed = headers["Access-Control-Expose-Headers"].split(", ")
    assert {name: headers[name] for name in exposed} == {
        "Ledger-Size": "20",
        "Ledger-First-Index": "10",
        "Ledger-Last-Index": "19",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_parts_make_up_the_whole(ledger):
    size = ledger.get("ledger_page")["size"]
    whole = lines(ledger)

    assert [entry["index"] for entry in whole] == list(range(size))
    for cut in (0, 1, 7, 8, size - 1, size):
        parts = lines(ledger, size=cut) + lines(ledger, firstIndex=cut)
        assert parts == whole
    with_header = export(ledger, "csv", size=8)[0] + export(ledger, "csv", firstIndex=8)[0]
    head = with_header.partition("\r\n")[0] + "\r\n"
    assert head + with_header.replace(head, "") == export(ledger, "csv")[0]


@pytest.mark.parametrize(("query", "call"), [({}, READ), ({"kind": "DONATION"}, QUERY)])
def test_what_joins_the_ledger_meanwhile_is_not_in_the_file(backend, monkeypatch, query, call):
    monkeypatch.setattr(reading, "EXPORTED", 7)
    (first, *more) = ledgers.planned(80, batch=25)
    size = len(stored(*first))
    there = [entry["index"] for entry in paged(backend, **query)]
    calls = []

    def around(method, send):
        calls.append(method)
        if method == call and calls.count(call) == 3:
            for head, batch in more:
                stored(head, batch)
        return send()

    with tapped(around):
        text, headers = export(backend, "jsonl", **query)

    assert COMMIT in calls
    assert [json.loads(line)["index"] for line in text.splitlines()] == there
    assert int(headers["Ledger-Size"]) == size < store.size()


def test_entries_that_are_not_swept_yet_are_not_in_the_file(backend):
    (first, second) = ledgers.planned(40, batch=25)
    shown = stored(*first)
    store.commit_batch(store.position()[0], *second)

    assert store.size() > len(shown)
    assert [entry["index"] for entry in lines(backend)] == list(range(len(shown)))


def broken(backend, **query):
    """Return what a client got of an export that ends before its time."""
    import main  # reads the environment

    got = b""
    path = {"path": "/", "query_string": {"format": "jsonl", **query}}
    with flask.Flask("client").test_request_context(**path):
        answer = main.ledger_export(flask.request)
        with contextlib.suppress(BrokenOffError):
            for part in answer.iter_encoded():
                got += part
            pytest.fail("The transfer looks complete.")
        answer.close()
    return answer, got


def test_a_fault_in_the_middle_breaks_the_transfer_and_is_logged(ledger, monkeypatch, capfd):
    from app.recovery.ledger.policy import exports

    monkeypatch.setattr(exports, "TEXTS_IN_CHUNK", 5)
    calls = []

    def around(method, send):
        calls.append(method)
        if calls.count(READ) > 3:
            raise ServiceUnavailable("canary of a database")
        return send()

    with tapped(around):
        answer, got = broken(ledger)

    assert answer.status_code == 200
    assert 0 < len(got.splitlines()) < int(answer.headers["Ledger-Size"])
    out, err = capfd.readouterr()
    assert "ledger_export broke off" in err
    assert "UnavailableError" in err
    assert "canary" not in out + err
    assert '"message": "ledger_export"' in out, "the end of the answer is logged"


@pytest.mark.parametrize("index", [0, 30, -1])
def test_a_missing_entry_breaks_the_transfer(ledger, admin, index):
    admin.document(f"ledger_entries/{range(store.size())[index]}").delete()

    broken(ledger)


def test_a_last_entry_that_goes_missing_breaks_a_filtered_transfer(ledger, admin):
    last = paged(ledger, kind="DONATION")[-1]["index"]

    def around(method, send):
        answer = send()
        if method == QUERY:  # it was seen, and said to be the last
            admin.document(f"ledger_entries/{last}").delete()
        return answer

    with tapped(around):
        broken(ledger, kind="DONATION")


def test_a_fault_before_the_first_part_is_an_error_like_any_other(ledger):
    def around(_method, _send):
        raise ServiceUnavailable("down")

    with tapped(around), pytest.raises(CallError) as refusal:
        ledger.get("ledger_export", format="csv")

    assert refusal.value.http_status == 503


def test_a_client_that_hangs_up_ends_the_reading(ledger, monkeypatch, capfd):
    import main  # reads the environment
    from app.recovery.ledger.policy import exports

    monkeypatch.setattr(exports, "TEXTS_IN_CHUNK", 5)

    with (
        counted() as calls,
        flask.Flask("client").test_request_context(query_string={"format": "csv"}),
    ):
        answer = main.ledger_export(flask.request)
        assert next(answer.iter_encoded())
        assert '"message": "ledger_export"' not in capfd.readouterr().out, "logged before its end"
        answer.close()

    assert calls[READ] == 2, "the size, and the first part of eleven"
    out, err = capfd.readouterr()
    assert '"message": "ledger_export"' in out
    assert "broke off" not in err


def test_an_export_costs_a_read_for_each_part_of_it(ledger):
    with counted() as calls:
        export(ledger, "jsonl")
    with counted() as of_filter:
        found = lines(ledger, kind="DONATION")

    assert calls == {READ: 1 + -(-store.size() // reading.EXPORTED)}
    assert of_filter == {READ: 1, QUERY: 2 + len(found) // reading.EXPORTED}


def test_a_journal_of_the_whole_ends_with_what_accounts_hold(ledger):
    whole = export(ledger, "hledger")[0]
    cut = export(ledger, "hledger", size=str(SOME))[0]

    assert "what accounts hold" in whole
    assert "what accounts hold" not in cut
    for text in (whole, cut):
        assert text.splitlines()[-1].startswith(journals.END)


def test_no_cell_can_be_a_formula(ledger):
    text, _ = export(ledger, "csv")

    assert text.endswith("\r\n")
    assert '"' not in text
    for line in text.split("\r\n")[1:-1]:
        for cell in line.split(","):
            assert not cell.startswith(("=", "+", "@", "\t"))
            assert not cell.startswith("-") or Decimal(cell) < 0


def test_no_export_holds_more_than_the_pages(ledger):
    pages = paged(ledger)
    known = {text for entry in pages for text in texts(entry)}
    known |= {str(int(text)) for text in known if text.lstrip("-").isdigit()}

    for entry in lines(ledger):
        assert set(texts(entry)) <= known
    for row in rows(export(ledger, "csv")[0]):
        for text in " ".join(row.values()).split():
            assert text in known or str(cents(text)) in known


def texts(value):
    """Yield every value in JSON as text."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    else:
        yield str(value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "xml"),
        ("format", ""),
        ("category", "GOLD"),
        ("kind", "GIFT"),
        ("period", "2027-13"),
        ("firstIndex", "-1"),
        ("firstIndex", "x"),
        ("firstIndex", "9" * 16),
        ("firstIndex", "1000"),
        ("size", "-1"),
        ("size", "1.5"),
        ("size", "1000"),
        ("size", "9" * 5000),
        ("cursor", "1"),
    ],
)
def test_a_bad_parameter_is_named(ledger, field, value):
    with pytest.raises(CallError) as refusal:
        ledger.get("ledger_export", **{"format": "csv", field: value})

    expected = "query" if len(value) > 4096 else field
    assert (refusal.value.http_status, refusal.value.fields) == (400, [expected])


def test_the_format_must_be_named(backend):
    with pytest.raises(CallError) as refusal:
        backend.get("ledger_export")

    assert (refusal.value.http_status, refusal.value.fields) == (400, ["format"])


def test_payments_are_grants_that_name_nobody(backend):
    ledgers.fill(SEVERAL_THOUSAND // 4)
    text, headers = export(backend, "360giving")

    package = json.loads(text)
    groups = paged(backend, kind="DISBURSEMENT")
    assert groups
    assert headers["Content-Type"] == "application/json"
    assert headers["Ledger-Last-Index"] == str(groups[-1]["index"])
    assert package["publisher"] == {
        "name": "SecondWind Example Fund",
        "identifier": "US-EIN-000000000",
    }
    paid = [int(amount) for entry in groups for amount in entry["group"]["amounts"]]
    assert [round(grant["amountAwarded"] * 100) for grant in package["grants"]] == paid
    for grant in package["grants"]:
        assert grant.keys() == {*REQUIRED, "toIndividualsDetails", "grantProgramme"}
        assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-(28|29|30|31)", grant["awardDate"])
        assert grant["recipientIndividual"]["name"] == "Individual Recipient"
        assert all(
            re.fullmatch(r"GTIP[0-9]{3}", p) for p in grant["toIndividualsDetails"]["grantPurpose"]
        )
    for name in ("id", "recipientIndividual"):
        assert len({json.dumps(grant[name]) for grant in package["grants"]}) == len(paid)


def test_grants_are_of_one_kind(ledger):
    with pytest.raises(CallError) as refusal:
        ledger.get("ledger_export", format="360giving", kind="DONATION")

    assert (refusal.value.http_status, refusal.value.fields) == (400, ["kind"])


def test_indices_rise_in_every_filter(ledger):
    for query in ({"category": "TECH"}, {"kind": "DONATION"}, {"period": "2027"}):
        indices = [entry["index"] for entry in lines(ledger, **query)]
        assert all(one < next_one for one, next_one in pairwise(indices))
