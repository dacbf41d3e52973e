"""The explorer in headless Chromium, served by Hosting, on the real functions and the real log."""

import base64
import csv
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import firebase_admin
import pytest
import requests

from app.recovery.ledger.policy import intake, leaves, notes, proofs, tiles
from app.recovery.ledger.policy.merkle import inclusion_proof
from app.recovery.ledger.policy.notes import Checkpoint
from app.recovery.ledger.policy.tiles import Edge
from tests.support.browser import DESKTOP, PHONE, ROOT, Visitor, chromium
from tests.unit.recovery.ledger import gifts
from tools.client import PROJECT, WebClient, until

URL = f"{os.environ.get('WEB_URL', '')}/ledger"
GIFTS = 24
"""More than a page of the explorer shows."""
SECONDS = 120.0
DISTRUSTED = "Do not trust this ledger as it is shown now"
CHECKED = "document.querySelector('#state h2').innerText !== 'Checking the ledger'"
TRUSTED = "document.querySelector('#state h2').innerText === 'Checked in your browser'"
LISTED = "!document.querySelector('[aria-busy]') && document.querySelector('#entries .sign')"
VERDICTS = f"{LISTED} && !document.querySelector('#entries .sign.checking')"
ADDED_UP = "!document.querySelector('#figures .waiting, #audit:disabled')"


@dataclass
class Ledger:
    """The public ledger, as this process makes and reads it."""

    opening: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    record: bytes = b'{"currency":"USD","grossCents":4200}'

    def add(self, *items):
        """Queue entries, and wait until they are public."""
        from app.recovery.ledger import queueing, store  # read the environment

        size = self.log()["size"]
        for item in items:
            store.append(gifts.idem(uuid4().hex), item, None)
        queueing.wake()
        until(lambda: self.log()["publishedSize"] >= size + len(items), SECONDS)

    def log(self):
        return WebClient().get("ledger_log")

    def read(self, path):
        answer = requests.get(f"{self.log()['url']}/{path}", timeout=30)
        answer.raise_for_status()
        return answer.content

    def checkpoint(self):
        note = self.read("checkpoint").decode()
        return note, notes.read_checkpoint(notes.read(note.encode()).text)

    def entries(self):
        _, checkpoint = self.checkpoint()
        found = []
        for index in range(0, checkpoint.size, tiles.WIDTH):
            tile = tiles.tile_at(tiles.ENTRIES, index // tiles.WIDTH, checkpoint.size)
            found += tiles.read_bundle(self.read(tile.path), tile.width)
        return found

    def proof(self):
        """The proof of the gift that `opening` and `record` are of, as its donor has it."""
        commitment = intake.commitment(self.opening, self.record)
        found = [commitment in entry.decode() for entry in self.entries()]
        note, checkpoint = self.checkpoint()
        hash_at = tiles.hash_at(checkpoint.size, lambda tile: self.read(tile.path))
        index = found.index(True)
        hashes = inclusion_proof(index, checkpoint.size, hash_at)
        return proofs.Proof(index, tuple(hashes), note, self.opening + self.record)

    def mine(self):
        """A gift with a private record that is known here."""
        item = gifts.donation("mine", {"FOOD": 4200}, fee=152, day="2027-03-09")
        leaf = leaves.read(item.leaf)
        sealed = intake.commitment(self.opening, self.record)
        return item.model_copy(
            update={"leaf": leaves.make(leaf.model_copy(update={"commitment": sealed}))}
        )


def a_gift(number=0):
    """A gift to one fund or two."""
    funds = [("FOOD", "HOUSING", "TECH")[number % 3], *(["FLEX"] if number % 4 == 0 else [])]
    day = f"2027-0{1 + number % 3}-1{number % 9}"
    return gifts.donation(uuid4().hex, dict.fromkeys(funds, 5000 + number), fee=175, day=day)


@pytest.fixture(scope="module")
def ledger():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNCTIONS_EMULATOR", "true")
        app = firebase_admin.initialize_app(options={"projectId": PROJECT})
        ledger = Ledger()
        refund = gifts.refund("refund", "gift", {"FOOD": 500}).model_copy(update={"parent": None})
        ledger.add(ledger.mine(), refund, *map(a_gift, range(GIFTS)))
        yield ledger
        firebase_admin.delete_app(app)


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def visitor(browser, ledger) -> Iterator[Visitor]:
    """Somebody on their first visit. Nothing may go wrong that a test does not expect."""
    with closing(Visitor(browser, DESKTOP)) as visitor:
        yield visitor
        assert visitor.complaints == []


def visit(visitor, query=""):
    """Open the explorer, and wait until all of it is there and checked."""
    visitor.page.goto(URL + query)
    settle(visitor)


def settle(visitor):
    for script in (CHECKED, VERDICTS, ADDED_UP):
        visitor.wait_for(script)


def rows(visitor):
    """The entries that are shown: index, and the text of each cell."""
    return visitor.page.evaluate(
        "[...document.querySelectorAll('#entries tbody tr')]"
        ".map(row => [...row.children].map(cell => cell.innerText))"
    )


def verdicts(visitor):
    return {row[-1] for row in rows(visitor)}


def serve(visitor, pattern, body, content_type="application/octet-stream", status=200):
    """Let the network answer so."""
    headers = {"Access-Control-Allow-Origin": "*"}
    body = body if isinstance(body, bytes | str) else json.dumps(body)
    visitor.answer(
        pattern,
        lambda route: route.fulfill(
            body=body, content_type=content_type, status=status, headers=headers
        ),
    )


def dollars(cents):
    return f"${cents / 100:,.2f}"


def test_entries_are_shown_with_running_balances_and_checked_in_the_browser(visitor, ledger):
    visit(visitor)
    page = WebClient().get("ledger_page", limit=20)

    shown = rows(visitor)
    assert [row[0] for row in shown] == [f"#{item['index']}" for item in page["items"]]
    for row, item in zip(shown, page["items"], strict=True):
        for balance in item["balances"].values():
            assert dollars(int(balance)) in row[3]
    assert verdicts(visitor) == {"✓ in the log"}
    assert visitor.text("#state h2") == "Checked in your browser"
    assert "First visit with this browser" in visitor.text("#state")
    assert f"{page['size']} entries signed" in visitor.text("#state")


def test_a_second_visit_is_compared_with_the_first(visitor, ledger):
    visit(visitor)
    visit(visitor)
    assert "The ledger is as this browser saw it" in visitor.text("#state")

    ledger.add(a_gift(), a_gift(1))
    visit(visitor)
    assert "Nothing was removed or changed" in visitor.text("#state")
    assert "2 entries joined since" in visitor.text("#state")


def test_filters_are_in_the_address(visitor):
    visit(visitor)
    visitor.page.select_option("#fund", "HOUSING")
    settle(visitor)
    assert "fund=HOUSING" in visitor.page.url
    assert {row[3].splitlines()[0] for row in rows(visitor)} == {"Housing"}

    visitor.page.select_option("#period", "2027-02")
    settle(visitor)
    address = visitor.page.url
    shown = rows(visitor)
    assert {row[1][:3] for row in shown} == {"Feb"}

    visitor.page.goto(URL)
    settle(visitor)
    visitor.page.goto(address)
    settle(visitor)
    assert rows(visitor) == shown
    assert visitor.page.input_value("#fund") == "HOUSING"
    assert visitor.page.input_value("#period") == "2027-02"

    visitor.page.click("#clear")
    visitor.wait_for("location.search === ''")
    settle(visitor)
    assert len(rows(visitor)) == 20

    visitor.page.select_option("#kind", "REFUND")
    settle(visitor)
    assert [row[2].splitlines()[0] for row in rows(visitor)] == ["Refund"]


@pytest.mark.parametrize(
    "query", ["?fund=%3Cb%3E", "?fund=NOTHING&period=20277", "?before=-1&before=x", "?period[]=1"]
)
def test_an_address_that_makes_no_sense_shows_all(visitor, query):
    visit(visitor, query)
    assert len(rows(visitor)) == 20


def test_pages_lead_to_the_first_entry_and_back(visitor):
    visit(visitor)
    newest = rows(visitor)
    while visitor.page.get_by_role("button", name="Older entries").count():
        last = rows(visitor)[-1][0]
        visitor.page.get_by_role("button", name="Older entries").click()
        visitor.wait_for(f"!document.querySelector('#entries').innerText.includes('{last}\\t')")
        settle(visitor)
        assert int(rows(visitor)[0][0][1:]) == int(last[1:]) - 1
    assert rows(visitor)[-1][0] == "#0"
    assert verdicts(visitor) == {"✓ in the log"}

    visitor.page.get_by_role("button", name="Newest").click()
    visitor.wait_for(f"document.querySelector('#entries').innerText.includes('{newest[0][0]}')")
    settle(visitor)
    assert rows(visitor) == newest


def test_an_entry_that_the_site_tells_otherwise_is_named(visitor, ledger):
    page = WebClient().get("ledger_page", limit=20)
    item = page["items"][3]
    account, amount = item["postings"][0]
    item["postings"][0] = [account, str(int(amount) + 1)]
    serve(visitor, "**/api/ledger_page*", page, "application/json")
    visit(visitor)

    wrong = [row[0] for row in rows(visitor) if row[-1] == "✗ not what was signed"]
    assert wrong == [f"#{item['index']}"]
    assert visitor.text("#state h2") == DISTRUSTED
    assert f"Entry #{item['index']}, as this page shows it, is not" in visitor.text("#state")


def test_an_entry_that_was_changed_in_the_log_is_named(visitor, ledger):
    entries = ledger.entries()
    entries[-2] = entries[-2].replace(b'"USD"', b'"USX"')
    serve(visitor, "**/tile/entries/**", tiles.bundle(entries))
    visit(visitor)

    wrong = [row[0] for row in rows(visitor) if row[-1] == "✗ not what was signed"]
    assert wrong == [f"#{len(entries) - 2}"]
    assert visitor.text("#state h2") == DISTRUSTED
    assert "The entries are not right" in visitor.text("#state")
    assert "$" not in visitor.text("#figures")


def test_a_tile_that_was_changed_is_noticed(visitor, ledger):
    _, checkpoint = ledger.checkpoint()
    tile = tiles.tile_at(0, 0, checkpoint.size)
    data = bytearray(ledger.read(tile.path))
    data[7] ^= 1
    serve(visitor, "**/tile/0/**", bytes(data))
    visit(visitor)

    assert verdicts(visitor) == {"✗ not what was signed"}
    assert visitor.text("#state h2") == DISTRUSTED


def test_a_shorter_ledger_than_before_is_a_rollback(visitor, ledger):
    older, checkpoint = ledger.checkpoint()
    ledger.add(a_gift())
    visit(visitor)
    serve(visitor, "**/checkpoint", older, "text/plain")
    visit(visitor)

    assert visitor.text("#state h2") == DISTRUSTED
    assert "Entries are missing" in visitor.text("#state")
    assert f"has {checkpoint.size} entries" in visitor.text("#state")
    visitor.answer_as_server("**/checkpoint")
    visit(visitor)
    assert visitor.text("#state h2") == "Checked in your browser"


@pytest.mark.parametrize("more", [0, 1], ids=["of the same size", "that is longer"])
def test_a_rewritten_ledger_is_a_fork_though_it_is_signed(visitor, ledger, more):
    from app.recovery.ledger import publishing

    visit(visitor)
    entries = ledger.entries()
    entries[-1:] = [leaves.make(leaves.read(a_gift(9 + n).leaf)) for n in range(1 + more)]
    found, edge = tiles.growth(Edge(), entries)
    files = {tile.path: data for tile, data in found.items()}
    log = ledger.log()
    forked = publishing.sign(Checkpoint(log["origin"], edge.size, edge.root))
    serve(visitor, "**/checkpoint", str(forked), "text/plain")
    serve(visitor, "**/api/ledger_log*", log | {"size": edge.size}, "application/json")
    for path, data in files.items():
        serve(visitor, f"**/{path}", data)
    for _ in range(2):  # it is not forgotten by looking again
        visit(visitor)
        assert visitor.text("#state h2") == DISTRUSTED
        assert "The ledger was rewritten" in visitor.text("#state")
        assert "Signed with the ledger's key" in visitor.text("#state")


def test_a_checkpoint_that_nobody_signed_is_not_trusted(visitor, ledger):
    note, checkpoint = ledger.checkpoint()
    root = base64.b64encode(checkpoint.root).decode()
    other = base64.b64encode(bytes(32)).decode()
    serve(visitor, "**/checkpoint", note.replace(root, other), "text/plain")
    visit(visitor)

    assert visitor.text("#state h2") == DISTRUSTED
    assert "The signature is not valid" in visitor.text("#state")


def test_a_new_key_that_the_old_one_does_not_vouch_for_is_not_trusted(visitor, ledger):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    visit(visitor)
    private, log = Ed25519PrivateKey.generate(), ledger.log()
    key = notes.Key(log["origin"], notes.ED25519, private.public_key().public_bytes_raw())
    text = ledger.checkpoint()[1].text
    signature = notes.Signature(key.name, key.id, private.sign(text.encode()))
    serve(visitor, "**/checkpoint", str(notes.Note(text, (signature,))), "text/plain")
    serve(visitor, "**/api/ledger_log*", log | {"keys": [key.vkey]}, "application/json")
    visit(visitor)
    assert "signed with a key that this browser does not know" in visitor.text("#state")

    visitor.page.get_by_text("Technical details").click()
    visitor.page.get_by_role("button", name="Forget what this browser saw").click()
    visitor.wait_for(TRUSTED)
    settle(visitor)


def check_receipt(visitor, text):
    visitor.page.fill("#receipt-text", text)
    visitor.page.get_by_role("button", name="Check", exact=True).click()
    visitor.wait_for("document.querySelectorAll('#receipt-result .sign').length > 0")
    return visitor.text("#receipt-result")


def test_a_receipt_is_checked_in_the_browser(visitor, ledger):
    visit(visitor)
    proof = ledger.proof()
    result = check_receipt(visitor, str(proof))

    assert f"Entry #{proof.index} is in the ledger." in result
    assert "The private record in your file is the one" in result
    assert "The ledger of today still has it." in result
    assert "Your gift: $42.00." in result


def test_a_receipt_and_its_entry_are_checked_without_the_log(visitor, ledger, tmp_path):
    visit(visitor)
    proof = ledger.proof()
    (tmp_path / "gift.tlog-proof").write_text(str(proof))
    (tmp_path / "gift.json").write_bytes(ledger.entries()[proof.index])
    visitor.answer("**/tile/**", lambda route: route.abort())
    visitor.page.set_input_files("#receipt-file", [str(path) for path in tmp_path.iterdir()])
    visitor.wait_for("document.querySelector('#receipt-result').innerText.includes('Your gift')")

    assert visitor.page.locator("#receipt-result .wrong").count() == 0


def test_a_receipt_of_another_gift_or_log_is_refused(visitor, ledger):
    visit(visitor)
    proof = ledger.proof()
    text = str(proof)
    other_salt = base64.b64encode(bytes(32) + ledger.record).decode()
    hashes = [*proof.hashes[:-1], bytes(32)]
    wrong = {
        "is not the one this entry was made for": re.sub(r"extra .*", f"extra {other_salt}", text),
        "not in the ledger that was signed": str(
            proofs.Proof(proof.index, tuple(hashes), proof.checkpoint, proof.extra)
        ),
        "not signed with the ledger's key": re.sub(r"\n(\d+)\n", "\n1000\n", text),
        "not a proof": "Dear donor, thank you!",
        "of another log": text.replace(f"\n\n{ledger.log()['origin']}\n", "\n\nother.example\n"),
    }
    for expected, pasted in wrong.items():
        assert expected in check_receipt(visitor, pasted)
        assert "Your gift" not in visitor.text("#receipt-result")


def test_everything_is_added_up_in_the_browser(visitor, ledger):
    visit(visitor)
    assert f"All {ledger.checkpoint()[1].size} entries are those" in visitor.text("#audit-result")

    entries = ledger.entries()
    entries[0] = entries[0].replace(b'"USD"', b'"USX"')
    serve(visitor, "**/tile/entries/**", tiles.bundle(entries))
    visit(visitor)
    assert "The entries are not those that were signed." in visitor.text("#audit-result")
    assert visitor.text("#state h2") == DISTRUSTED
    assert "$" not in visitor.text("#figures")

    visitor.answer_as_server("**/tile/entries/**")
    visit(visitor)
    visitor.page.click("#audit")
    visitor.wait_for("document.querySelectorAll('#audit-result .ok').length > 0")


def test_figures_are_those_of_the_ledger(visitor, ledger):
    visit(visitor)
    given = 0
    for entry in map(json.loads, ledger.entries()):
        for account, amount in entry["postings"]:
            given -= int(amount) if account.endswith(":donations") else 0

    tiles_shown = dict(
        text.splitlines() for text in visitor.page.locator("#figures .tiles li").all_inner_texts()
    )
    assert tiles_shown["Given"] == dollars(given)
    assert visitor.page.locator("#figures svg[role=img]").count() == 2


def test_the_figures_of_a_long_ledger_are_told_until_the_browser_has_added_them_up(visitor):
    """The server's sums are those of the browser, for each fund and month."""

    def figures():
        for summary in visitor.page.locator("#figures summary").all():
            summary.click()
        return visitor.page.locator("#figures table").all_inner_texts()

    def short(route):
        script = route.fetch().text()
        assert "AT_ONCE = 10_000" in script
        route.fulfill(
            body=script.replace("AT_ONCE = 10_000", "AT_ONCE = 1"), content_type="text/javascript"
        )

    visitor.answer("**/page/audit.js", short)
    visit(visitor)
    visitor.wait_for("document.querySelector('#figures table')")
    assert "SecondWind added these figures up" in visitor.text("#figures")
    told = figures()
    visitor.page.click("#audit")
    visitor.wait_for("document.querySelector('#audit-result .ok')")
    visitor.wait_for("!document.querySelector('#figures .notice')")
    assert figures() == told
    assert len(told) == 2


def test_what_is_shown_can_be_downloaded(visitor):
    visit(visitor, "?fund=HOUSING&period=2027-02")
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="Spreadsheet (CSV)").click()
    file = Path(download.value.path()).read_text()
    indices = {row["index"] for row in csv.DictReader(file.splitlines())}
    assert indices == {row[0].removeprefix("#") for row in rows(visitor)}

    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="verify_ledger.py").click()
    verifier = (ROOT / "docs/verify_ledger.py").read_text()
    assert Path(download.value.path()).read_text() == verifier


def test_hostile_text_stays_text(visitor, ledger):
    script = "<img src=x onerror=\"document.title='broken'\">"
    page = WebClient().get("ledger_page", limit=20)
    page["items"][0] |= {"kind": script, "day": script, "commitment": script}
    page["items"][0]["balances"] = {script: "100"}
    page["items"][0]["postings"] = [[script, "100"], [f"funds:{script}:{script}", "-100"]]
    serve(visitor, "**/api/ledger_page*", page, "application/json")
    visit(visitor)

    assert rows(visitor)[0][2].startswith(script)
    assert visitor.page.locator("#entries img").count() == 0
    assert visitor.page.title() == "Where the money goes | SecondWind"
    assert rows(visitor)[0][-1] == "✗ not what was signed"


def test_nothing_is_made_up_where_nothing_is(visitor, ledger):
    log = ledger.log() | {"size": 0, "publishedSize": 0, "publishedAt": None}
    serve(visitor, "**/api/ledger_log*", log, "application/json")
    page = {"items": [], "size": 0, "nextCursor": None}
    serve(visitor, "**/api/ledger_page*", page, "application/json")
    visitor.page.goto(URL)
    visitor.wait_for(CHECKED)
    visitor.wait_for("!document.querySelector('main').innerText.includes('Loading')")

    assert visitor.text("#state h2") == "Nothing is published yet"
    assert "There are no entries yet." in visitor.text("#entries")
    assert "none are made up" in visitor.text("#figures")
    assert "$" not in visitor.text("main")
    assert visitor.page.is_disabled("#audit")


@pytest.mark.parametrize(
    ("what", "how"),
    [("**/api/**", "refused"), ("**/checkpoint", "gone"), ("**/tile/**", "refused")],
)
def test_what_cannot_be_reached_is_said_and_nothing_called_checked(browser, ledger, what, how):
    with closing(Visitor(browser, DESKTOP)) as visitor:
        if how == "gone":
            visitor.answer(what, lambda route: route.abort())
        else:
            serve(visitor, what, "<html>", "text/html", 503)
        visitor.page.goto(URL)
        visitor.wait_for(CHECKED)
        visitor.wait_for("!document.querySelector('main').innerText.includes('Loading')")
        if what == "**/tile/**":
            visitor.wait_for(VERDICTS)
            assert verdicts(visitor) == {"? could not be checked"}
        else:
            assert visitor.text("#state h2") == "The log could not be checked"
        assert "could not be loaded" in visitor.text("#figures")
        if what == "**/api/**":
            assert "could not be loaded" in visitor.text("#entries")
        assert "✓ in the log" not in visitor.text("main")
        assert visitor.complaints == []

        visitor.answer_as_server(what)
        visit(visitor)
        assert verdicts(visitor) == {"✓ in the log"}


@pytest.mark.parametrize(("width", "dark"), [(DESKTOP, False), (DESKTOP, True), (PHONE, False)])
def test_the_page_is_accessible_and_fits(browser, ledger, width, dark):
    with closing(Visitor(browser, width, dark=dark)) as visitor:
        visit(visitor)
        for summary in visitor.page.locator("summary").all()[:6]:
            summary.click()
        check_receipt(visitor, "no proof")

        assert visitor.scan() == []
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width
        assert visitor.complaints == []


def test_the_keyboard_reaches_everything(visitor):
    visit(visitor)
    reached = []
    for _ in range(16):
        visitor.page.keyboard.press("Tab")
        focused = "document.activeElement.id || document.activeElement.textContent"
        reached.append(visitor.page.evaluate(focused))
        assert visitor.page.evaluate(
            "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
        ), reached
    assert reached[0] == "Skip to the content"
    assert {"fund", "period"} <= set(reached)
    visitor.page.locator(".skip").focus()
    visitor.page.keyboard.press("Enter")
    assert visitor.page.evaluate("document.activeElement.id") == "content"


def test_the_site_lets_nothing_else_in(ledger):
    answer = requests.get(URL, timeout=30)
    policy = answer.headers["Content-Security-Policy"]
    storage = os.environ["STORAGE_API_BASE"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert f"connect-src 'self' https://storage.googleapis.com {storage};" in policy
    for name in ("Strict-Transport-Security", "X-Content-Type-Options", "Referrer-Policy"):
        assert name in answer.headers
    assert requests.get(f"{URL}/nothing", timeout=30).status_code == requests.codes.not_found
