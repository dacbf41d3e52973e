"""The stand-alone verifier, as an auditor runs it, against logs that a test made by hand."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from tests.support import toy_log
from tests.support.static_site import serve
from tests.support.toy_log import SALT, ToyLog, entry, gift, key, record, vkey

PROGRAM = Path(__file__).parents[3] / "docs" / "verify_ledger.py"
NIGHTLY = os.environ.get("NIGHTLY") == "1"
FLIPS = 100 if NIGHTLY else 2
"""In how many places each file is spoiled."""
SIZE = 600
OPENING = SALT + record(42)
WITNESS = vkey("witness.example", key("witness"), kind=4)


class Verdict(NamedTuple):
    """What the program says."""

    right: bool
    says: str


class Site(NamedTuple):
    """A folder and where it is served."""

    folder: Path
    url: str


class WriteReceipt(Protocol):
    """Writes a receipt for entry 42 of a log."""

    def __call__(
        self,
        extra: bytes = ...,
        size: int = ...,
        spoil: Callable[[str], str] = ...,
        by: ToyLog | None = ...,
    ) -> Path: ...


def verify(*arguments: object) -> Verdict:
    """Run the program; return its exit code and what it says, which is never a traceback."""
    command: list[str | Path] = [sys.executable, "-I", PROGRAM, *map(str, arguments)]
    ended = subprocess.run(  # noqa: S603  # our own program
        command, capture_output=True, text=True, timeout=120, check=False
    )
    if ended.returncode:
        assert ended.returncode == 1
        assert ended.stderr.startswith("WRONG: ")
        assert ended.stderr.count("\n") == 1
        return Verdict(right=False, says=ended.stderr)
    assert not ended.stderr
    return Verdict(right=True, says=ended.stdout)


@pytest.fixture(scope="module")
def log() -> ToyLog:
    return ToyLog([gift(number) for number in range(SIZE)])


@pytest.fixture(scope="module")
def published(log: ToyLog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    log.publish(folder)
    return folder


@pytest.fixture
def site(published: Path, tmp_path: Path) -> Iterator[Site]:
    """A log that a test may spoil."""
    folder = tmp_path / "site"
    shutil.copytree(published, folder)
    with serve(folder) as url:
        yield Site(folder, url)


def publish(site: Site, log: ToyLog) -> None:
    shutil.rmtree(site.folder)
    log.publish(site.folder)


def change(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 513])
def test_accepts_a_log_of_any_size(size: int, tmp_path: Path) -> None:
    log = ToyLog([gift(number) for number in range(size)])
    log.publish(tmp_path)
    with serve(tmp_path) as url:
        told = verify(url, log.vkey)
    assert told.right
    assert f"All {size} entries" in told.says
    if size:
        assert f"{'FOOD':40}{size * 941:>16}" in told.says


def test_accepts_a_log_with_three_levels_of_tiles(tmp_path: Path) -> None:
    log = ToyLog([gift(0)] * 65_537)
    log.publish(tmp_path)
    assert verify(tmp_path.as_uri(), log.vkey).right
    path = tmp_path / "tile" / "1" / "000"
    change(path, lambda data: data[:-1] + bytes([data[-1] ^ 1]))
    assert "tile/1/000" in verify(tmp_path.as_uri(), log.vkey).says


def test_any_byte_changed_in_any_file_is_found(log: ToyLog, site: Site) -> None:
    paths = [path for path in site.folder.rglob("*") if path.is_file()]
    assert len(paths) == 8
    chance = random.Random(5)  # noqa: S311  # a seed
    for path in paths:
        data = path.read_bytes()
        for at in [0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(FLIPS))]:
            flipped = bytearray(data)
            flipped[at] ^= 1 << chance.randrange(8)
            path.write_bytes(flipped)
            told = verify(site.url, log.vkey)
            assert not told.right, (path, at, flipped[at])
            number = path.parent.name.removesuffix(".p") if path.suffix else path.name
            assert number in told.says or "entry" in told.says
        path.write_bytes(data)


@pytest.mark.parametrize("missing", ["checkpoint", "tile/0/001", "tile/entries/002.p/88"])
def test_a_missing_file_is_named(log: ToyLog, site: Site, missing: str) -> None:
    (site.folder / missing).unlink()
    assert f"{missing}: HTTP Error 404" in verify(site.url, log.vkey).says


def test_an_unreachable_log_is_one_line(log: ToyLog) -> None:
    assert "checkpoint: " in verify("http://127.0.0.1:9", log.vkey).says
    assert "checkpoint: " in verify("not a url", log.vkey).says


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda data: data[:-1], "cut short in entry 255"),
        (lambda data: data[: -len(gift(0)) - 2], "tile/entries/000: 255 entries, not 256"),
        (lambda data: data + b"\0\x01a", "tile/entries/000: 257 entries, not 256"),
        (lambda data: data + b"\0", "cut short in entry 256"),
    ],
)
def test_a_wrong_bundle_is_named(
    log: ToyLog, site: Site, spoil: Callable[[bytes], bytes], says: str
) -> None:
    change(site.folder / "tile" / "entries" / "000", spoil)
    assert says in verify(site.url, log.vkey).says


@pytest.mark.parametrize("path", ["0/000", "0/002.p/88", "1/000.p/2"])
def test_a_tile_with_more_in_it_is_named(log: ToyLog, site: Site, path: str) -> None:
    change(site.folder / "tile" / path, lambda data: data + b"more")
    assert f"tile/{path}: its hashes [], or its length" in verify(site.url, log.vkey).says


def test_two_entries_in_each_others_place_are_named(log: ToyLog, site: Site) -> None:
    swapped = [*log.entries]
    swapped[10], swapped[300] = swapped[300], swapped[10]
    other = ToyLog(swapped)
    publish(site, other)
    (site.folder / "checkpoint").write_text(log.checkpoint())
    assert "checkpoint: the entries have another root" in verify(site.url, log.vkey).says
    publish(site, log)
    (ToyLog(swapped)).publish(site.folder.parent / "other")
    spoiled = site.folder.parent / "other" / "tile" / "entries" / "000"
    shutil.copy(spoiled, site.folder / "tile" / "entries" / "000")
    assert "tile/0/000: its hashes [10]" in verify(site.url, log.vkey).says


def test_a_dropped_entry_is_named(log: ToyLog, site: Site) -> None:
    publish(site, ToyLog(log.entries[:100] + log.entries[101:]))
    (site.folder / "checkpoint").write_text(log.checkpoint())
    assert not verify(site.url, log.vkey).right
    publish(site, ToyLog(log.entries[:100] + log.entries[101:] + [gift(SIZE)]))
    (site.folder / "checkpoint").write_text(log.checkpoint())
    assert "checkpoint: the entries have another root" in verify(site.url, log.vkey).says


POSTINGS = {"assets:stripe:clearing": 941, "funds:FOOD:fees": 59, "funds:FOOD:donations": -1000}
SPENT = {"assets:bank": -500, "funds:ESSENTIALS:disbursed": 500}
GROUP = {"recipients": 11, "amounts": [*["45"] * 10, "50"], "root": "0" * 64}


def aid(postings: dict[str, int], **group: Any) -> bytes:
    more: dict[str, Any] = {"kind": "DISBURSEMENT", "day": None, "period": "2027-Q1"}
    return entry(postings, **more, group=GROUP | group)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (entry(POSTINGS | {"funds:FOOD:fees": 60}), "does not sum to zero"),
        (entry({a: -c for a, c in POSTINGS.items()} | {}), None),
        (entry({"assets:bank": 5, "funds:TECH:refunds": -5}), None),
        (entry({"assets:bank": -5, "funds:TECH:refunds": 5}), "overdraws TECH to -5"),
        (aid(SPENT), None),
        (
            aid({"assets:bank": -500, "funds:ACCESS:disbursed": 500}),
            "overdraws the funds of ACCESS",
        ),
        (aid(SPENT, recipients=10), "a group of fewer than eleven people"),
        (aid(SPENT, amounts=["45"] * 11), "pays another total"),
        (entry(POSTINGS, v=2), "not canonical JSON of version 1"),
        (entry(POSTINGS, currency="EUR"), "not canonical JSON of version 1, in USD"),
        (entry(POSTINGS) + b" ", "not canonical"),
        (entry(POSTINGS).replace(b'"v":1', b'"v":1.0'), "not canonical"),
        (entry(POSTINGS).replace(b'"59"', b'"059"'), "a posting is malformed"),
        (entry(POSTINGS).replace(b"funds:FOOD:fees", b"funds:FOOD fees"), "a posting is malformed"),
        (b"[" * 60_000, "entry 300"),
        (b"\xff", "entry 300"),
        (b"[]", "entry 300"),
        (b"{}", "entry 300"),
        (b"", "entry 300"),
    ],
)
def test_a_wrong_entry_is_named_though_the_log_signed_it(
    log: ToyLog, site: Site, bad: bytes, says: str | None
) -> None:
    publish(site, ToyLog([*log.entries[:300], bad, *log.entries[300:400]]))
    told = verify(site.url, log.vkey)
    assert told.right is (says is None)
    if says is not None:
        assert "entry 300: " in told.says
        assert says in told.says


def test_money_from_a_pool_counts_against_the_funds_of_its_group(site: Site) -> None:
    """Two gifts of 9.41 pay for 18.82 of ESSENTIALS, and for not a cent more."""
    gifts = [gift(0, "FOOD"), gift(1, "CLOTHING"), gift(2, "TECH")]
    for cents, right in ((1882, True), (1883, False)):
        spent = {"assets:bank": -cents, "funds:ESSENTIALS:disbursed": cents}
        amounts = [*["100"] * 10, str(cents - 1000)]
        log = ToyLog([*gifts, aid(spent, amounts=amounts)])
        publish(site, log)
        told = verify(site.url, log.vkey)
        assert told.right is right
        assert right or "entry 3: overdraws the funds of ESSENTIALS" in told.says


def test_a_checkpoint_counts_only_with_a_signature_of_the_log(log: ToyLog, site: Site) -> None:
    assert "its id is not right" in verify(site.url, log.vkey.replace("+", "+0", 1)).says
    assert "key 'nothing'" in verify(site.url, "nothing").says
    other = vkey(log.origin, key("other"))
    assert "checkpoint: not signed with a key of the log" in verify(site.url, other).says
    elsewhere = vkey("elsewhere.example", log.secret)
    assert "checkpoint: not signed with a key of the log" in verify(site.url, elsewhere).says
    assert verify(site.url, other, log.vkey).right


def test_a_witness_does_not_stand_in_for_the_log(log: ToyLog, site: Site) -> None:
    seen = ToyLog(log.entries, witness=key("witness"))
    text, _, lines = seen.checkpoint().partition("\n\n")
    note = text + "\n\n" + lines.splitlines(keepends=True)[1]
    (site.folder / "checkpoint").write_text(note)
    told = verify(site.url, log.vkey, "--witness", WITNESS)
    assert "checkpoint: not signed with a key of the log" in told.says


def test_a_log_does_not_sign_for_another_one(log: ToyLog, site: Site) -> None:
    other = ToyLog([], origin="other.example")
    signed = ToyLog(log.entries, origin="other.example").checkpoint()
    note = signed.replace("other.example", log.origin, 1)
    (site.folder / "checkpoint").write_text(note)
    assert "signature of other.example" in verify(site.url, log.vkey, other.vkey).says
    text, _, _ = note.partition("\n\n")
    (site.folder / "checkpoint").write_text(toy_log.signed(f"{text}\n", other))
    assert "not signed with a key of the log" in verify(site.url, log.vkey, other.vkey).says


def test_base64_has_one_way_to_be_written(log: ToyLog, site: Site) -> None:
    """Else a byte of the checkpoint could be changed without a trace."""
    note = log.checkpoint()
    assert note.endswith("=\n")
    last = note[-3]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = letters[letters.index(last) ^ 1]
    (site.folder / "checkpoint").write_text(f"{note[:-3]}{other}=\n")
    assert "not proper base64" in verify(site.url, log.vkey).says


def test_a_note_of_another_origin_by_the_same_key_is_refused(log: ToyLog, site: Site) -> None:
    other = ToyLog(log.entries, origin="other.example")
    (site.folder / "checkpoint").write_text(other.checkpoint())
    assert "not signed with a key of the log" in verify(site.url, log.vkey).says


def test_a_log_without_entries_has_one_root(log: ToyLog, site: Site) -> None:
    note = toy_log.signed(f"{log.origin}\n0\n{'A' * 43}=\n", log)
    (site.folder / "checkpoint").write_text(note)
    assert "a log without entries has another root" in verify(site.url, log.vkey).says


def test_a_witness_must_have_cosigned(log: ToyLog, site: Site) -> None:
    told = verify(site.url, log.vkey, "--witness", WITNESS)
    assert "checkpoint: not cosigned by ['witness.example']" in told.says
    seen = ToyLog(log.entries, witness=key("witness"))
    (site.folder / "checkpoint").write_text(seen.checkpoint())
    assert verify(site.url, log.vkey, "--witness", WITNESS).right
    liar = ToyLog(log.entries, witness=key("witness"))
    note = liar.checkpoint(599).splitlines(keepends=True)[-1]
    (site.folder / "checkpoint").write_text(log.checkpoint() + note)
    assert "signature of witness.example" in verify(site.url, log.vkey, "--witness", WITNESS).says
    assert verify(site.url, log.vkey).right  # who does not know the witness does not ask it


def test_growth_is_consistent_with_what_was_seen(log: ToyLog, site: Site, tmp_path: Path) -> None:
    state = tmp_path / "seen.json"
    for size in (0, 1, 255, 256, 300, 300, 600):
        publish(site, ToyLog(log.entries[:size]))
        assert verify(site.url, log.vkey, "--state", state).right
    kept = [note.split("\n")[1] for note in json.loads(state.read_text())]
    assert kept == ["0", "1", "255", "256", "300", "300", "600"]


def test_a_fork_is_named(log: ToyLog, site: Site, tmp_path: Path) -> None:
    state = tmp_path / "seen.json"
    publish(site, ToyLog(log.entries[:300]))
    assert verify(site.url, log.vkey, "--state", state).right
    kept = state.read_text()
    publish(site, ToyLog([gift(9999), *log.entries[1:]]))
    told = verify(site.url, log.vkey, "--state", state)
    assert f"{state}: the entries have another root: the log was changed, or forked" in told.says
    assert state.read_text() == kept
    assert verify(site.url, log.vkey).right  # nobody can see it who has seen nothing before


def test_a_rollback_is_named(log: ToyLog, site: Site, tmp_path: Path) -> None:
    state = tmp_path / "seen.json"
    assert verify(site.url, log.vkey, "--state", state).right
    publish(site, ToyLog(log.entries[:599]))
    told = verify(site.url, log.vkey, "--state", state)
    assert "rolled back: there were 600 entries, now 599" in told.says


@pytest.mark.parametrize("kept", ["{", "[1]", '["note"]', "7"])
def test_a_spoiled_state_is_named(log: ToyLog, site: Site, tmp_path: Path, kept: str) -> None:
    state = tmp_path / "seen.json"
    state.write_text(kept)
    assert str(state) in verify(site.url, log.vkey, "--state", state).says


@pytest.fixture
def receipt(log: ToyLog, tmp_path: Path) -> WriteReceipt:
    def write(
        extra: bytes = OPENING,
        size: int = 300,
        spoil: Callable[[str], str] = str,
        by: ToyLog | None = None,
    ) -> Path:
        path = tmp_path / "gift.tlog-proof"
        path.write_text(spoil((by or log).proof(42, extra, size)))
        return path

    return write


def test_a_receipt_opens_its_entry(log: ToyLog, site: Site, receipt: WriteReceipt) -> None:
    told = verify(site.url, log.vkey, "--receipt", receipt())
    assert told.right
    assert '"donationId":"gift-42"' in told.says


def test_a_receipt_needs_no_network_with_its_entry_beside_it(
    log: ToyLog, receipt: WriteReceipt
) -> None:
    path = receipt()
    assert "gift.json" in verify("-", log.vkey, "--receipt", path).says
    path.with_suffix(".json").write_bytes(log.entries[42])
    assert '"donationId":"gift-42"' in verify("-", log.vkey, "--receipt", path).says
    path.with_suffix(".json").write_bytes(log.entries[43])
    assert "does not lead from its entry" in verify("-", log.vkey, "--receipt", path).says


def lines(text: str) -> list[str]:
    return text.split("\n")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"extra": bytes(32) + record(42)}, "does not open entry 42"),
        ({"extra": SALT + record(43)}, "does not open entry 42"),
        ({"extra": b""}, "not a tlog-proof"),
        ({"spoil": lambda text: text.replace("index 42", "index 43")}, "does not lead"),
        ({"spoil": lambda text: text.replace("index 42", "index 300")}, "is not in the log"),
        ({"spoil": lambda text: text.replace("index 42", "index 042")}, "not a tlog-proof"),
        (
            {"spoil": lambda text: "\n".join([*lines(text)[:4], *lines(text)[3:]])},
            "its inclusion proof has 10 hashes, not 9",
        ),
        (
            {"spoil": lambda text: "\n".join([*lines(text)[:3], *lines(text)[4:]])},
            "its inclusion proof has 8 hashes, not 9",
        ),
        ({"spoil": lambda text: text.replace("@v1", "@v2")}, "not a tlog-proof"),
        ({"spoil": lambda text: text.replace("\n300\n", "\n301\n")}, "signature of"),
        ({"by": ToyLog([gift(n) for n in range(300)], secret=key("other"))}, "not signed"),
    ],
)
def test_a_wrong_receipt_is_named(
    log: ToyLog, site: Site, receipt: WriteReceipt, options: dict[str, Any], says: str
) -> None:
    path = receipt(**options)
    told = verify(site.url, log.vkey, "--receipt", path)
    assert str(path) in told.says
    assert says in told.says


def test_a_receipt_of_a_forked_log_is_named(log: ToyLog, site: Site, receipt: WriteReceipt) -> None:
    """The log signed both, and shows this donor's gift to the donor alone."""
    forked = ToyLog([*log.entries[:100], gift(9999), *log.entries[101:]])
    path = receipt(by=forked, size=300)
    told = verify(site.url, log.vkey, "--receipt", path)
    assert f"{path}: the entries have another root" in told.says


def test_a_receipt_from_before_the_log_changed_its_key_is_right_with_the_old_key(
    log: ToyLog, site: Site, receipt: WriteReceipt
) -> None:
    path = receipt()
    new = ToyLog(log.entries, secret=key("new"))
    publish(site, new)
    assert "not signed" in verify(site.url, new.vkey, "--receipt", path).says
    assert verify(site.url, new.vkey, log.vkey, "--receipt", path).right


def test_the_program_stands_alone_and_is_short() -> None:
    text = PROGRAM.read_text()
    assert text.count("\n") < 200
    imported = {line.split()[1].split(".")[0] for line in text.splitlines() if " import " in line}
    imported |= {
        line.split()[1].split(".")[0] for line in text.split("\n") if line[:7] == "import "
    }
    assert imported <= sys.stdlib_module_names | {"cryptography"}
