"""SecondWind: the public ledger, checked from outside."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import requests

from tools.client import TIMEOUT_SECONDS, WebClient, function_url, until
from tools.demo.giving import first_gift
from tools.demo.money import FILES
from tools.demo.show import note, step, title

VERIFIER = Path(__file__).parents[2] / "docs/verify_ledger.py"
SECONDS = 60.0
MAX_LINE = 110


def verifying(donor: WebClient) -> None:
    """Verify the log and a gift in it, then a copy of the log in which an amount is changed."""
    title("SecondWind: a ledger that anyone can verify")
    log = step(
        "ledger_log",
        lambda: until(published, SECONDS),
        lambda r: f"{r['publishedSize']} entries published and signed as {r['origin']}",
    )
    gift = first_gift(donor, "succeeded")
    proof = step(
        "ledger_proof",
        lambda: until(lambda: proven(donor, gift["donationId"]), SECONDS),
        lambda r: f"entry {r['index']}: {r['state']}",
    )
    FILES.mkdir(parents=True, exist_ok=True)
    receipt = FILES / "gift.tlog-proof"
    receipt.write_text(proof["proof"])
    print("  python docs/verify_ledger.py URL KEY --receipt gift.tlog-proof")
    verify(log["url"], *log["keys"], "--receipt", receipt)
    with tempfile.TemporaryDirectory() as folder:
        copied(log, Path(folder))
        print("  ... for a copy in which entry 0 has another amount")
        verify(Path(folder).as_uri(), *log["keys"])
    step(
        "ledger_export as hledger reads it",
        lambda: requests.get(
            function_url("ledger_export"), {"format": "hledger"}, timeout=TIMEOUT_SECONDS
        ),
        lambda answer: f"{answer.status_code}, {len(answer.text.splitlines())} lines",
    )
    step(
        "ledger_statistics",
        lambda: until(lambda: WebClient().get("ledger_statistics")["periods"], SECONDS),
        lambda periods: f"figures of {', '.join(p['period'] for p in periods)}",
    )


def published() -> Any:
    """Return the state of the log, once all that is in the ledger is public."""
    log = WebClient().get("ledger_log")
    return log if log["publishedSize"] == log["size"] else None


def proven(donor: WebClient, donation_id: str) -> Any:
    """Return the proof of a gift's first movement, once it is public."""
    items = donor.call("ledger_proof", donationId=donation_id)["items"]
    return items[0] if items and items[0]["proof"] else None


def verify(*arguments: object) -> None:
    """Run the verifier as an auditor does, and show what it says."""
    command = [sys.executable, str(VERIFIER), *map(str, arguments)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # ours
    for line in (said.stdout + said.stderr).splitlines():
        note(line if len(line) < MAX_LINE else f"{line[:MAX_LINE]} ...")


def copied(log: Any, folder: Path) -> None:
    """Copy a log of less than 256 entries, with another amount in the first one."""
    size = log["publishedSize"]
    for name in ("checkpoint", f"tile/0/000.p/{size}", f"tile/entries/000.p/{size}"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (
            requests.get(f"{log['url']}/{name}", timeout=TIMEOUT_SECONDS, stream=True) as answer,
            (folder / name).open("wb") as file,
        ):
            answer.raise_for_status()
            shutil.copyfileobj(answer.raw, file)
    entries = folder / f"tile/entries/000.p/{size}"
    entries.write_bytes(entries.read_bytes().replace(b'"-9', b'"-8', 1))
