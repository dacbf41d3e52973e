"""What is set from outside for the transparency log (docs/operations.md)."""

import os
from dataclasses import dataclass

from app.recovery.ledger.policy.notes import Key


@dataclass(frozen=True)
class Witness:
    """Somebody who cosigns checkpoints: their key, and where they take them."""

    key: Key
    url: str


def origin() -> str:
    """Return the name of the log in its checkpoints: `LEDGER_ORIGIN`."""
    return os.environ["LEDGER_ORIGIN"]


def bucket() -> str:
    """Return the name of the public bucket: `LEDGER_BUCKET`."""
    return os.environ["LEDGER_BUCKET"]


def url() -> str:
    """Return the prefix under which the public reads the bucket: `LEDGER_URL`."""
    return os.environ["LEDGER_URL"].rstrip("/")


def key_versions() -> list[str]:
    """Return the resource names of the KMS key versions that all sign: `LEDGER_KEYS`, by commas."""
    return [version.strip() for version in os.environ["LEDGER_KEYS"].split(",")]


def witnesses() -> list[Witness]:
    """Return who is asked to cosign: `LEDGER_WITNESSES`, each "vkey url", by semicolons.

    Raises:
        ValueError: one of them is neither.
    """
    found = []
    for text in filter(str.strip, os.environ.get("LEDGER_WITNESSES", "").split(";")):
        vkey, witness_url = text.split()
        found.append(Witness(Key.read(vkey), witness_url.rstrip("/")))
    return found
