"""A log to look at: entries as operations write them, the sealer, and the verifier's eye."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from google.cloud.firestore import Client

from tests.support.tokens import PROJECT, staff


@dataclass
class AuditLog:
    """The audit log of the emulator."""

    backend: object

    def write(self, count, *, subject="ann", actor="ann", action="read", at=None):
        """Add entries, each in a commit of its own."""
        from app.platform.audit import store
        from app.platform.audit.models import Action, AuditEntry, Outcome, Touched

        for number in range(count):
            entry = AuditEntry(
                at=at or datetime.now(UTC),
                actor=actor,
                role="owner",
                purpose="self",
                action=Action(action),
                subject=subject,
                touched=(Touched(path=f"plans/{number}", fields=("goals",)),),
                outcome=Outcome.ALLOWED,
            )
            store.keep(store.entry(entry))

    def seal(self):
        """Run the sealer."""
        self.backend.tick("audit_seal_every_minute")

    def search(self, **request):
        """Search as an admin."""
        return self.backend.call("audit_search", request, uid="boss", **staff("admin"))

    def entries(self):
        """Return the fields of all entries by id."""
        return _documents("audit_entries")

    def heads(self):
        """Return the sizes of all chains by number."""
        return {int(shard): head["size"] for shard, head in _documents("audit_heads").items()}

    def anchors(self):
        """Return all anchors, the oldest first."""
        from app.platform.audit import gateway

        return [json.loads(data) for _, data in gateway.read_all("audit/")]

    def findings(self, now=None):
        """Return what the check says of what is stored."""
        from app.platform.audit import gateway
        from app.platform.audit.models import ChainHead
        from app.platform.audit.policy.check import Log, check
        from app.platform.records.register import TYPES
        from tools.verify_audit import _signed_by

        heads = {int(n): ChainHead(**head) for n, head in _documents("audit_heads").items()}
        return check(
            Log(
                entries=self.entries().items(),
                before=heads,
                after=heads,
                anchors=gateway.read_all("audit/"),
                signed_by=_signed_by,
                now=now or datetime.now(UTC),
                kept=TYPES["audit_entries"].retention.period,
            )
        )


def _documents(collection):
    found = Client(project=PROJECT).collection(collection).stream()
    return {document.id: document.to_dict() for document in found}


@pytest.fixture
def log(backend):
    """The audit log, empty."""
    return AuditLog(backend)
