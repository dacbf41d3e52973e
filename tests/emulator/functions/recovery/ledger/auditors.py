"""Whoever checks the public log with other software than ours: over HTTP, as anybody."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.independent import go_check

VERIFIER = Path(__file__).parents[5] / "docs" / "verify_ledger.py"


def verify(backend, *options, url=None):
    """Run the stand-alone verifier on what is public; return its exit code and what it says."""
    keys = backend.get("ledger_log")["keys"]
    command = [sys.executable, "-I", VERIFIER, url or os.environ["LEDGER_URL"], *keys, *options]
    ended = subprocess.run(  # noqa: S603  # our own program
        list(map(str, command)), capture_output=True, text=True, timeout=120, check=False
    )
    return ended.returncode, ended.stdout + ended.stderr


def accept(backend, *files, options=()):
    """Let both the stand-alone verifier and Go's log check the public log, and receipts for it."""
    receipts = [file for file in files if file.suffix == ".tlog-proof"]
    code, says = verify(backend, *options, *(["--receipt", *receipts] if receipts else []))
    assert code == 0, says
    for vkey in backend.get("ledger_log")["keys"]:
        right, goes = go_check(os.environ["LEDGER_URL"], vkey, files)
        assert right, goes
    return says
