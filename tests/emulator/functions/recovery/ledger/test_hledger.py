"""hledger, which is not ours, reads the export and comes to the same balances."""

import csv
import io
import os
import shutil
import subprocess

import pytest

from app.recovery.ledger import store
from tests.support import ledgers

HLEDGER = shutil.which("hledger")
ENTRIES = 400


@pytest.fixture(autouse=True)
def installed():
    """Skip on a machine without hledger, which needs no more than `apt-get install hledger`."""
    if HLEDGER is None and os.environ.get("CI") == "true":
        pytest.fail("hledger is missing: .ci/run installs it.")
    if HLEDGER is None:
        pytest.skip("hledger is missing: install it to check the journal (https://hledger.org).")


def hledger(journal, *arguments):
    """Run hledger on a journal and return what it ended with."""
    return subprocess.run(  # noqa: S603  # a program of the system
        [HLEDGER, "-f", "-", *arguments],
        input=journal,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"], "HOME": "/"},
    )


@pytest.fixture
def backend_with_entries(backend):
    ledgers.fill(ENTRIES)
    return backend


def stored_entries():
    return [seen.value for seen in store.entries.find(order_by="index", limit=1000)]


def journal_of(backend, **query):
    query = {"format": "hledger", **query}
    return backend.request("ledger_export", method="GET", query_string=query).get_data(as_text=True)


def balances(journal):
    """Return what hledger says each account holds, in cents."""
    run = hledger(journal, "balance", "--flat", "--empty", "--no-total", "-O", "csv")
    assert run.returncode == 0, run.stderr
    rows = list(csv.reader(io.StringIO(run.stdout)))
    return {account: cents(text) for account, text in rows[1:]}


def cents(text):
    """Return an amount such as "-1.05 USD" in cents; nothing is "0"."""
    number, _, currency = text.partition(" ")
    assert currency == "USD" or number == "0"
    whole, _, fraction = number.partition(".")
    assert len(fraction) == 2 * bool(currency)
    return int(whole + fraction)


def test_hledger_accepts_the_journal_and_agrees_on_every_account(backend_with_entries):
    journal = journal_of(backend_with_entries)
    assert ledgers.kinds(stored_entries()) == ledgers.PUBLIC

    check = hledger(journal, "check", "--strict")
    assert (check.returncode, check.stderr) == (0, "")
    told = {account: held for account, held in balances(journal).items() if held}
    assert told == store.heads.get(store.MAIN).balances
    shown: dict[str, str] = {}
    cursor: dict[str, str] = {}
    while cursor is not None:
        page = backend_with_entries.get("ledger_page", limit=100, **cursor)
        for entry in page["items"]:
            shown = entry["accountBalances"] | shown  # the newest one stands
        cursor = page["nextCursor"] and {"cursor": page["nextCursor"]}
    assert told == {account: int(held) for account, held in shown.items() if int(held)}


def test_hledger_sums_up_a_part_as_the_ledger_did(backend_with_entries):
    batch = store.batches.get(store.batch_id(1))
    cut = batch.first_index if batch else 0
    assert cut

    parts = [balances(journal_of(backend_with_entries, **q)) for q in ({"size": cut}, {})]

    assert {account: held for account, held in parts[0].items() if held} == batch.opening
    assert parts[0] != parts[1]


def test_hledger_notices_a_row_that_is_missing_or_changed(backend_with_entries):
    journal = journal_of(backend_with_entries)
    entries = journal.split("\n\n")

    without_one = "\n\n".join(entries[:5] + entries[6:])
    changed = journal.replace("  -0.99 USD", "  -0.98 USD", 1)

    assert changed != journal
    assert hledger(without_one, "check").returncode != 0
    assert hledger(changed, "check").returncode != 0
