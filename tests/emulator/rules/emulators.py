"""Loading rules into the emulators, as firebase-tools does when a file changes."""

import os
from pathlib import Path

import requests

from tests.support.tokens import PROJECT

ROOT = Path(__file__).parents[3]
DATABASES = {"firestore.rules": "(default)", "firestore.keys.rules": "keys"}


class BrokenRulesError(Exception):
    """The rules do not compile."""


def firestore_host() -> str:
    """Return the address of the Firestore emulator."""
    return os.environ["FIRESTORE_EMULATOR_HOST"]


def storage_url() -> str:
    """Return the URL of the Storage emulator."""
    return os.environ["STORAGE_EMULATOR_HOST"]


def load(file: str, text: str | None = None) -> None:
    """Replace the rules of Storage or of one database by `file`, or by `text` in its place.

    At its start the Firestore emulator has one file for all databases; from here on each has its
    own, as in production.

    Raises:
        BrokenRulesError: they do not compile; the former ones stay.
    """
    content = (ROOT / file).read_text() if text is None else text
    rules = {"rules": {"files": [{"name": file, "content": content}]}}
    if file in DATABASES:
        database = f"projects/{PROJECT}/databases/{DATABASES[file]}"
        url = f"http://{firestore_host()}/emulator/v1/{database}:securityRules"
    else:
        url = f"{storage_url()}/internal/setRules"
    reply = requests.put(url, json=rules, timeout=30)
    if reply.status_code == requests.codes.bad_request:
        raise BrokenRulesError(reply.text)
    reply.raise_for_status()
    if reply.json().get("issues"):
        raise BrokenRulesError(reply.text)
