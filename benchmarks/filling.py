"""Ledgers to read from, each in a project of its own.

    python -m benchmarks.filling ENTRIES

It runs as a process, since the backend's database client is for one project.
"""

import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor

from benchmarks.servers import ROOT

BATCH = 450
"""Movements at once: nearly what a batch takes, so that the ledger is as a busy one."""
AT_ONCE = 3
"""Batches that are being written while the next one is made."""


def filled(project: str, entries: int) -> str:
    """Fill the ledger of `project`, unless it is, with at least `entries` entries.

    Returns:
        The project.

    Raises:
        CalledProcessError: it could not be filled.
    """
    command = [sys.executable, "-m", "benchmarks.filling", str(entries)]
    path = f"{ROOT / 'functions'}:{ROOT}"
    environment = {"FUNCTIONS_EMULATOR": "true", "GOOGLE_CLOUD_PROJECT": project}
    environment |= {"PYTHONPATH": path}
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | environment)  # noqa: S603  # ourselves
    return project


def _fill(entries: int) -> None:
    from app.recovery.ledger import store  # noqa: PLC0415  # reads the environment
    from tests.support import ledgers  # noqa: PLC0415  # as above

    if store.size() >= entries:
        return
    writing: list[Future[object]] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for after, batch in ledgers.planned(entries, batch=BATCH):
            head = after
            writing.append(pool.submit(ledgers.store_batch, batch))
            if len(writing) > AT_ONCE:
                writing.pop(0).result()
    for written in writing:
        written.result()
    ledgers.store_head(head)


if __name__ == "__main__":
    _fill(int(sys.argv[1]))
