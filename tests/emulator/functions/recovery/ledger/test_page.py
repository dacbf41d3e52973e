"""`ledger_page`: the public ledger, newest first, at the same cost at any depth."""

import pytest

from app.kit import firestore
from app.recovery.ledger import store
from app.recovery.ledger.models import Head, Progress
from app.recovery.ledger.policy import batches
from tests.emulator.functions.recovery.ledger import money
from tests.emulator.functions.recovery.ledger.wire import QUERY, READ, counted
from tests.support.errors import CallError
from tests.unit.recovery.ledger.gifts import donation, idem

DAYS = ("2026-12-31", "2027-01-01", "2027-01-01")


@pytest.fixture
def ledger(backend):
    """Ten gifts in two years to two funds in turn, then one to both."""
    head, writes = Head(), []
    for number in range(11):
        funds = ("FOOD", "TECH") if number == 10 else (("FOOD", "TECH")[number % 2],)
        item = donation(f"g{number}", dict.fromkeys(funds, 10_00), fee=30, day=DAYS[number // 5])
        plan, _ = batches.plan(head, 1, {idem(f"g{number}"): item}, {})
        writes += [store.entries.put(str(number), entry) for entry in batches.entries(plan.batch)]
        head = plan.head
    writes.append(store.heads.put(store.MAIN, head))
    writes.append(store.progresses.put(store.MAIN, Progress(swept=head.batches)))
    firestore.commit(*writes)
    return backend


def indices(page):
    return [entry["index"] for entry in page["items"]]


def test_an_empty_ledger_is_a_page_too(backend):
    assert backend.get("ledger_page") == {"items": [], "size": 0, "nextCursor": None}


def test_an_entry_in_full(ledger):
    page = ledger.get("ledger_page", limit=1)

    commitment = page["items"][0].pop("commitment")
    assert len(bytes.fromhex(commitment)) == 32
    assert page == {
        "items": [
            {
                "index": 10,
                "kind": "DONATION",
                "day": "2027-01-01",
                "period": None,
                "currency": "USD",
                "categories": ["FOOD", "TECH"],
                "postings": [
                    ["assets:stripe:clearing", "1970"],
                    ["funds:FOOD:donations", "-1000"],
                    ["funds:FOOD:fees", "30"],
                    ["funds:TECH:donations", "-1000"],
                ],
                "group": None,
                "balances": {"FOOD": "5820", "TECH": "5850"},
                "accountBalances": {
                    "assets:stripe:clearing": "11670",
                    "funds:FOOD:donations": "-6000",
                    "funds:FOOD:fees": "180",
                    "funds:TECH:donations": "-6000",
                },
            }
        ],
        "size": 11,
        "nextCursor": "10",
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({}, range(10, -1, -1), id="everything"),
        pytest.param({"category": "FOOD"}, [10, 8, 6, 4, 2, 0], id="category"),
        pytest.param({"category": "FLEX"}, [], id="a fund without entries"),
        pytest.param({"period": "2027"}, [10, 9, 8, 7, 6, 5], id="year"),
        pytest.param({"period": "2026-12"}, [4, 3, 2, 1, 0], id="month"),
        pytest.param({"period": "2026-Q4"}, [4, 3, 2, 1, 0], id="quarter"),
        pytest.param({"period": "2027-02"}, [], id="a month without entries"),
        pytest.param({"category": "TECH", "period": "2027"}, [10, 9, 7, 5], id="both, year"),
        pytest.param({"category": "TECH", "period": "2026-12"}, [3, 1], id="both, month"),
        pytest.param({"kind": "DONATION"}, range(10, -1, -1), id="kind"),
        pytest.param({"kind": "REFUND"}, [], id="a kind without entries"),
        pytest.param(
            {"category": "TECH", "kind": "DONATION", "period": "2027"}, [10, 9, 7, 5], id="all"
        ),
    ],
)
def test_filters_and_cursors_give_every_entry_once(ledger, query, expected):
    whole = ledger.get("ledger_page", **query)
    assert (indices(whole), whole["nextCursor"], whole["size"]) == (list(expected), None, 11)

    found, cursor = [], {}
    while cursor is not None:
        page = ledger.get("ledger_page", limit=2, **query, **cursor)
        found += indices(page)
        cursor = page["nextCursor"] and {"cursor": page["nextCursor"]}
    assert found == list(expected)


@pytest.mark.parametrize("cursor", ["0", "000000000000000"])
def test_nothing_is_before_the_first_entry(ledger, cursor):
    page = ledger.get("ledger_page", cursor=cursor)

    assert page == {"items": [], "size": 11, "nextCursor": None}


def test_a_cursor_from_beyond_the_end_gives_the_newest(ledger):
    assert indices(ledger.get("ledger_page", cursor="9" * 15, limit=2)) == [10, 9]


def test_pages_read_earlier_stay_as_they_were_while_the_ledger_grows(ledger):
    first = ledger.get("ledger_page", limit=3)
    second = ledger.get("ledger_page", limit=3, cursor=first["nextCursor"])
    ledger.deliver("ledger_on_movement_created", money.give("new"))
    ledger.tick("ledger_sequence_every_minute")

    again = ledger.get("ledger_page", limit=3, cursor=first["nextCursor"])

    assert (again["items"], again["size"]) == (second["items"], 12)


def test_a_filtered_page_runs_the_balance_of_its_fund(ledger):
    page = ledger.get("ledger_page", category="FOOD")

    assert [entry["balances"] for entry in page["items"]] == [
        {"FOOD": str(cents)} for cents in (5820, 4850, 3880, 2910, 1940, 970)
    ]


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        pytest.param({}, {READ: 2}, id="newest"),
        pytest.param({"cursor": "1"}, {READ: 2}, id="oldest"),
        pytest.param({"category": "FOOD", "period": "2026"}, {READ: 1, QUERY: 1}, id="filtered"),
    ],
)
def test_a_page_costs_two_calls(ledger, query, cost):
    with counted() as calls:
        ledger.get("ledger_page", **query)

    assert calls == cost


def test_entries_that_are_not_swept_yet_are_not_on_pages(ledger):
    seen, _ = store.position()
    item = donation("late", {"FOOD": 1})
    plan, _ = batches.plan(seen.value, 1, {idem("late"): item}, {})
    store.commit_batch(seen, plan.head, plan.batch)

    page = ledger.get("ledger_page", limit=2)

    assert store.size() == 12
    assert (indices(page), page["size"]) == ([10, 9], 11)


def test_caches_keep_a_page_for_seconds(ledger):
    answer = ledger.request("ledger_page", method="GET")

    assert answer.headers["Cache-Control"] == "public, max-age=5"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("category", "food"),
        ("category", "GOLD"),
        ("kind", "donation"),
        ("period", "2027-13"),
        ("period", "2027-01-01"),
        ("limit", "0"),
        ("limit", "101"),
        ("limit", "ten"),
        ("cursor", "-1"),
        ("cursor", "../x"),
        ("cursor", "9" * 16),
        ("cursor", "1.0"),
        ("cursor", "1\n"),
        ("cursor", " 1"),
        ("cursor", "\N{ARABIC-INDIC DIGIT ONE}"),
        ("donor", "d1"),
    ],
)
def test_a_bad_parameter_is_named(backend, field, value):
    with pytest.raises(CallError) as refusal:
        backend.get("ledger_page", **{field: value})

    assert (refusal.value.http_status, refusal.value.fields) == (400, [field])


def test_nothing_of_the_donor_is_shown(backend):
    backend.deliver("ledger_on_movement_created", money.give("g1"))
    backend.run_tasks()

    shown = backend.request("ledger_page", method="GET").get_data(as_text=True)

    assert '"index":0' in shown.replace(" ", "")
    for secret in ("donor", "g1", "pi_", "cs_", "12:00", "platform", money.idem("pi_g1")):
        assert secret not in shown
