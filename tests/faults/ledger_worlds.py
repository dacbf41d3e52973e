"""The ledger with a clock of its own, where every call to the outside waits for its turn.

The same deployed code runs in both worlds: one has the emulators and stand-ins behind the real
clients, the other, for thousands of runs, what answers them in memory.
"""

import contextlib
import functools
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
from google.api_core.exceptions import FailedPrecondition
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client

from app.kit import clock, firestore
from app.kit.errors import DomainError
from app.recovery.ledger import queueing, sequencer, store
from app.recovery.ledger.models import QueueItem
from sandbox.http import DroppedConnectionError, RefusedError, Request
from sandbox.witness import ORIGIN, WitnessStandIn
from tests.emulator.functions.recovery.ledger import bucket, money
from tests.emulator.functions.recovery.ledger.wire import Tap, tapped
from tests.faults.points import outside
from tests.support.memory import MemoryFirestore, MemoryKms, MemoryStorage, http_answer
from tests.support.processes import in_turn
from tests.unit.recovery.ledger.audit import audit_settled
from tests.unit.recovery.ledger.audit_log import CHECKPOINT, PublicLog

if TYPE_CHECKING:
    from tests.support.backend import Backend

CALL_SECONDS = 0.2
"""What each call takes by the clock of the test, so that runs come to their end."""
STORAGE, WITNESS, KEY = "http://storage.memory", "http://witness.memory", "key"


class World:
    """The ledger, and the public that watches it."""

    log: PublicLog

    def __init__(self) -> None:
        self.now = datetime.now(UTC) + timedelta(days=1)  # no pause between batches is needed
        self._looked_at = None

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def around(self, send: Any) -> Any:
        """Make a call when its turn comes."""
        self.wait(CALL_SECONDS)
        return in_turn(send)

    def sequence(self) -> None:
        """Run the sequencer once."""
        raise NotImplementedError

    def files(self) -> dict[str, bytes]:
        """Return every object of the public bucket."""
        raise NotImplementedError

    def look(self) -> None:
        """Audit what is public now, in the middle of things, if it changed."""
        files, roots = self.files(), len(self.log.roots)
        if (files, roots) != self._looked_at:
            self._looked_at = (files, roots)
            self.log.look(files, money.ledger()[1])

    def settle(self, runs: int) -> None:
        """Let the schedule do what is left once every lease has run out; then audit all."""
        for _ in range(runs):
            self.wait(600)
            self.sequence()
        head, batches, queue, entries = money.ledger()
        audit_settled(head, batches, queue, entries)
        files = self.files()
        assert len(self.log.look(files, batches)) == head.size, "something is not published"
        assert bool(head.size) == (CHECKPOINT in files)


class EmulatorWorld(World):
    """The backend on the emulators, with the stand-ins of KMS, Storage and a witness."""

    def __init__(self, backend: "Backend") -> None:
        super().__init__()
        self._backend = backend
        self.log = bucket.public_log()

    def deliver(self, movement_id: str) -> None:
        """Deliver a movement to the ledger's trigger."""
        self._backend.deliver("ledger_on_movement_created", movement_id, at=self.now)

    def sequence(self) -> None:
        """Run the schedule."""
        self._backend.tick("ledger_sequence_every_minute")

    def files(self) -> dict[str, bytes]:
        """Return every object of the public bucket."""
        return bucket.files()


class MemoryWorld(World):
    """The sequencer alone, on what answers its clients in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.storage, self.kms = MemoryStorage(), MemoryKms()
        self.witness = _witness()
        self.witness.reset()
        self.log = PublicLog(ORIGIN, [self.kms.public])
        self.down: set[str] = set()
        """Which of `STORAGE` and `WITNESS` do not answer, and whether the `KEY` is disabled."""

    def queue(self, idem: str, item: QueueItem) -> None:
        """Queue an item as the trigger does, once or again."""
        with contextlib.suppress(DomainError):
            store.append(idem, item, None)

    def sequence(self) -> None:
        """Run the sequencer; what it raises is for the schedule to repeat."""
        with contextlib.suppress(DomainError):
            sequencer.sequence()

    def asymmetric_sign(self, **asked: Any) -> Any:
        """Sign, in the place of KMS."""
        if KEY in self.down:
            raise FailedPrecondition("disabled")
        return self.kms.asymmetric_sign(**asked)

    def get_public_key(self, **asked: Any) -> Any:
        """Answer the public key, in the place of KMS."""
        return self.kms.get_public_key(**asked)

    def files(self) -> dict[str, bytes]:
        """Return every object of the public bucket."""
        return self.storage.objects

    def http(self, _: requests.Session, request: requests.PreparedRequest, options: Any) -> Any:
        """Answer a request over HTTP."""
        url = request.url or ""
        if any(url.startswith(address) for address in self.down):
            raise requests.ConnectionError("down")
        if url.startswith(STORAGE):
            return self.storage.send(request)
        assert url == f"{WITNESS}/add-checkpoint", url
        body = request.body if isinstance(request.body, bytes) else b""
        try:
            told = self.witness._add(Request("POST", "", {}, {}, body))  # noqa: SLF001  # no wire
        except RefusedError as refusal:
            return http_answer(request, refusal.status, b"", {})
        except DroppedConnectionError as error:
            raise requests.ConnectionError("dropped") from error
        assert isinstance(told.body, bytes)
        return http_answer(request, told.status, told.body, {"Content-Type": told.content_type})


@functools.cache
def _witness() -> WitnessStandIn:
    """Return a witness that is asked without a wire; all keys in memory are the same."""
    return WitnessStandIn(lambda: [MemoryKms().public])


@contextlib.contextmanager
def emulator_world(backend: "Backend", monkeypatch: pytest.MonkeyPatch) -> Iterator[EmulatorWorld]:
    """Give the world of the emulators."""
    from app.platform.kms import gateway as kms  # reads the environment

    world = EmulatorWorld(backend)
    client, send = kms._client(), requests.Session.send  # noqa: SLF001  # below its retries
    monkeypatch.setattr(clock, "now", lambda: world.now)

    def http(session: requests.Session, request: Any, options: Any) -> Any:
        return send(session, request, **options)

    with (
        tapped(lambda _method, call: world.around(call)),
        outside(monkeypatch, world.around, world.log.signed, client=client, http=http),
    ):
        yield world


@contextlib.contextmanager
def memory_world(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryWorld]:
    """Give the world in memory."""
    world = MemoryWorld()
    client = Client(project="memory", credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]
    tap = Tap(MemoryFirestore(), lambda _method, send: world.around(send))
    client._firestore_api_internal = tap  # noqa: SLF001  # the seam below the retries of the client
    vkey = world.witness.environment()["LEDGER_WITNESSES"].partition(" ")[0]
    settings = {
        "GOOGLE_CLOUD_PROJECT": "memory",
        "STORAGE_API_BASE": STORAGE,
        "LEDGER_ORIGIN": ORIGIN,
        "LEDGER_BUCKET": "memory-ledger",
        "LEDGER_KEYS": world.kms.version,
        "LEDGER_WITNESSES": f"{vkey} {WITNESS}",
    }
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", os.environ | settings)
        patch.setattr(firestore, "client", lambda _database=firestore.DEFAULT: client)
        patch.setattr(clock, "now", lambda: world.now)
        patch.setattr(queueing, "wake", lambda: None)  # runs begin when the test says
        with outside(patch, world.around, world.log.signed, client=world, http=world.http):
            yield world
