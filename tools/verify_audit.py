"""Verifies the audit log: its chains, and the signed heads that are kept outside the database.

    python -m tools.verify_audit

It reads the project of `GOOGLE_CLOUD_PROJECT`, the bucket `AUDIT_BUCKET`, and the public keys of
the key that `AUDIT_SIGNING_KEY` is a version of. Each thing that is wrong is a line; the exit code
is 0 where nothing is, and 1 otherwise. What it rests on is in docs/audit.md.
"""

import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from google.cloud.firestore import Client
from pydantic import ValidationError

sys.path.insert(0, str(Path(__file__).parents[1] / "functions"))

from app.platform.audit import gateway
from app.platform.audit.models import ChainHead
from app.platform.audit.policy import anchors
from app.platform.audit.policy.check import Finding, Log, check
from app.platform.kms import gateway as kms
from app.platform.records.register import TYPES

KEY_SECONDS = 30.0


def main() -> int:
    """Run the program and return its exit code."""
    database = Client(project=os.environ["GOOGLE_CLOUD_PROJECT"])
    kept = list(gateway.read_all(anchors.FOLDER))
    before = _heads(database)
    entries = list(_documents(database, "audit_entries"))
    after = _heads(database)
    retention = TYPES["audit_entries"].retention
    if retention is None:
        raise RuntimeError("The register says no retention of audit entries.")
    findings = check(
        Log(entries, before, after, kept, _signed_by, datetime.now(UTC), retention.period)
    )
    for finding in findings:
        print(_line(finding))
    sealed = sum(head.size for head in before.values())
    print(
        f"{len(entries)} entries, {sealed} of them sealed, {len(kept)} anchors: "
        f"{len(findings) or 'no'} finding{'s' * (len(findings) != 1)}."
    )
    return 1 if findings else 0


def _documents(database: Client, collection: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for document in database.collection(collection).stream():
        yield document.id, document.to_dict() or {}


def _heads(database: Client) -> dict[int, ChainHead]:
    """Return the heads that can be read; one that cannot is missed by the check."""
    found = {}
    for document_id, fields in _documents(database, "audit_heads"):
        try:
            head = ChainHead.model_validate(fields)
        except ValidationError:
            continue
        if document_id == str(head.shard):
            found[head.shard] = head
    return found


def _signed_by(version: str, data: bytes, signature: bytes) -> bool:
    """Whether a version of our key signed; an anchor that names any other key is forged."""
    ours = os.environ["AUDIT_SIGNING_KEY"].partition("/cryptoKeyVersions/")[0]
    if version.partition("/cryptoKeyVersions/")[0] != ours:
        return False
    try:
        _public_key(version).verify(signature, data)
    except (InvalidSignature, kms.KeyLostError):
        return False
    return True


@cache
def _public_key(version: str) -> Ed25519PublicKey:
    key = load_pem_public_key(kms.public_key(version, until=time.monotonic() + KEY_SECONDS))
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError(f"{version} is no Ed25519 key.")
    return key


def _line(finding: Finding) -> str:
    place = "" if finding.shard is None else f" in chain {finding.shard} at {finding.sequence}"
    more = f", {finding.entries} entries from there" if finding.entries > 1 else ""
    return f"{finding.problem}{place}{more}{f': {finding.where}' if finding.where else ''}"


if __name__ == "__main__":
    sys.exit(main())
