"""The ledger's public bucket as anybody reads it."""

import os
from urllib.parse import quote

import requests

from app.recovery.ledger import publishing
from tests.emulator.functions.recovery.ledger import money
from tests.unit.recovery.ledger.audit import audit
from tests.unit.recovery.ledger.audit_log import PublicLog

WAIT_SECONDS = 30


def get(name: str, **headers: str) -> requests.Response:
    """Read an object from its public address."""
    return requests.get(f"{os.environ['LEDGER_URL']}/{name}", headers=headers, timeout=WAIT_SECONDS)


def files() -> dict[str, bytes]:
    """Return every object of the bucket by name."""
    listed = f"{os.environ['STORAGE_EMULATOR_HOST']}/storage/v1/b/{os.environ['LEDGER_BUCKET']}/o"
    found: dict[str, bytes] = {}
    token = ""
    while True:
        page = requests.get(listed, params={"pageToken": token}, timeout=WAIT_SECONDS).json()
        for item in page.get("items", []):
            url = f"{listed}/{quote(item['name'], safe='')}"
            answer = requests.get(url, params={"alt": "media"}, timeout=WAIT_SECONDS)
            found[item["name"]] = answer.content
        token = page.get("nextPageToken", "")
        if not token:
            return found


def public_log() -> PublicLog:
    """Return an auditor of the log with its keys as they are set now."""
    keys = [key.public for key in publishing.keys().values()]
    return PublicLog(os.environ["LEDGER_ORIGIN"], keys)


def audited(log: PublicLog | None = None) -> list[bytes]:
    """Return the public entries after an audit of the whole ledger and its public log."""
    head, batches, queue, _ = money.ledger()
    return (log or public_log()).look(files(), audit(head, batches, queue))
