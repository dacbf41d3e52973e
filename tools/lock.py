"""Compiles the lock files, and tells without the network whether they are stale.

    python -m tools.lock [--check]

The first line of each lock file holds a digest of the files that it was compiled from.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = {  # in the order in which one builds on another
    "functions/requirements.txt": ["functions/requirements.in"],
    "requirements-dev.txt": ["requirements-dev.in", "functions/requirements.txt"],
}
_COMPILE = [".venv/bin/uv", "pip", "compile", "--quiet", "--generate-hashes", "-p", "3.13"]


def header(lock: str) -> str:
    """Returns the first line that the lock file has when it is fresh."""
    digest = hashlib.sha256(b"\0".join((ROOT / source).read_bytes() for source in SOURCES[lock]))
    return f"# sha256 of {' and '.join(SOURCES[lock])}: {digest.hexdigest()}\n"


def stale() -> list[str]:
    """Returns the lock files that were not compiled from what their sources say now."""
    return [lock for lock in SOURCES if not (ROOT / lock).read_text().startswith(header(lock))]


def _compile(lock: str) -> None:
    command = [*_COMPILE, "--no-header", SOURCES[lock][0], "-o", lock]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603  # constants of this module
    path = ROOT / lock
    path.write_text(header(lock) + path.read_text())


def main() -> int:
    """Runs the program and returns its exit code."""
    if sys.argv[1:] == ["--check"]:
        for lock in stale():
            print(f"{lock} is stale: run `make lock`.", file=sys.stderr)
        return 1 if stale() else 0
    for lock in SOURCES:
        _compile(lock)
    return 0


if __name__ == "__main__":
    sys.exit(main())
