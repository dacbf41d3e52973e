"""Software that is not ours, which checks what we publish. In CI it is never skipped."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_SOURCE = _ROOT / "tests" / "independent" / "check.go"
_PACKAGES = Path("/usr/share/gocode")
"""Where Debian's packages of Go's libraries lie."""


def needed(what: str, package: str, *, there: bool) -> None:
    """Skip the test where software is missing on a user's machine; fail where it is in CI."""
    if not there:
        reason = f"{what} is missing: install Debian's {package}."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def go_check(url: str, vkey: str, files: Iterable[Path] = ()) -> tuple[bool, str]:
    """Return whether Go's own note and tlog accept a log, and what the program says.

    Args:
        url: where the log lies.
        vkey: its public key.
        files: checkpoints from before, and receipts (`.tlog-proof`).
    """
    ended = subprocess.run(  # noqa: S603  # built from our own source
        [_built(), url, vkey, *files], capture_output=True, text=True, timeout=300, check=False
    )
    return not ended.returncode, ended.stdout + ended.stderr


@cache
def _built() -> Path:
    go = shutil.which("go")
    there = go is not None and (_PACKAGES / "src/golang.org/x/mod/sumdb/tlog").is_dir()
    needed("Go with golang.org/x/mod", "golang-go and golang-golang-x-mod-dev", there=there)
    program = Path(tempfile.mkdtemp()) / "check"
    # Debian's libraries are found by GOPATH, offline; without cgo no C compiler is needed.
    environment = {
        "GO111MODULE": "off",
        "GOPATH": str(_PACKAGES),
        "GOFLAGS": "",
        "GOCACHE": str(_ROOT / ".run" / "go-cache"),
        "CGO_ENABLED": "0",
    }
    subprocess.run(  # noqa: S603  # as above
        [go or "", "build", "-o", program, _SOURCE], env=os.environ | environment, check=True
    )
    return program
