"""The public log: from committed batches to tiles and signed checkpoints in the bucket.

Whatever fails here is logged and left to the next run; it never stops the sequencer. It can end
anywhere and run any number of times at once: only committed roots are signed, tiles are made once,
and the checkpoint is replaced on the condition that it is the one that was read.
"""

import time
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from app.kit import clock, logs
from app.kit.errors import UnavailableError
from app.kit.logs import Severity
from app.platform.kms import gateway as kms
from app.platform.storage import gateway as storage
from app.platform.storage.gateway import Served
from app.recovery.ledger import settings, store, witnessing
from app.recovery.ledger.models import Batch, Progress
from app.recovery.ledger.policy import merkle, notes, publication, tiles
from app.recovery.ledger.policy.notes import ED25519, Checkpoint, Key, Note, Signature
from app.recovery.ledger.policy.publication import PublicationError
from app.recovery.ledger.policy.tiles import Tile

if TYPE_CHECKING:
    from app.kit.firestore import Snapshot

MAX_BATCHES = 8
"""How many batches one checkpoint adds at the most."""
SECONDS = 8.0
"""How long a run tries to publish before it goes on with sequencing."""
KEY_SECONDS = 2.0
LATE = timedelta(minutes=5)
"""What is committed and not public for longer than this asks for somebody's attention."""

CHECKPOINT = "checkpoint"
AS_CHECKPOINT = Served("text/plain; charset=utf-8", "public, max-age=5")
AS_TILE = Served("application/octet-stream", "public, max-age=31536000, immutable")


class Publisher:
    """Publishes for one run of the sequencer, until something fails."""

    def __init__(self) -> None:
        self._failed = False
        self._witnesses = witnessing.Witnesses()

    def publish(self, seen: "Snapshot[Progress]", end: int) -> bool:
        """Make committed batches public; return whether the run should look again.

        One read, one commit, and one call to Storage more than twice the tiles that are new or
        unfinished; a call to KMS for each key and one to each witness.

        Args:
            seen: how far the log is public.
            end: how many batches are committed.
        """
        if self._failed:
            return False
        first = (seen.value or Progress()).published
        since = clock.now()
        try:
            found = store.committed(first, min(end, first + MAX_BATCHES))
            since = found[0].seen_at or since
            self._publish(seen, [batch.value for batch in found if batch.value is not None])
        except (UnavailableError, kms.KeyLostError) as error:
            self._failed = True
            late = clock.now() - since > LATE
            severity = Severity.ERROR if late else Severity.WARNING
            name = type(error).__name__
            logs.write(severity, "ledger checkpoint is late", reason=name, count=end - first)
        except Exception as error:  # noqa: BLE001  # entries get their order whatever happens here
            self._failed = True
            logs.failure("ledger publication stopped", error, count=end - first)
        return not self._failed

    def _publish(self, seen: "Snapshot[Progress]", batches: list[Batch]) -> None:
        until = time.monotonic() + SECONDS
        published, generation = _published()
        if published.size > publication.size_after(batches[-1]) and published.size > store.size():
            raise PublicationError("The checkpoint is ahead of the ledger.")
        left = publication.beyond(published, batches)
        if not left:
            _note(seen, batches, published.size)
            return
        wanted = {tile: _read(tile, until) for tile in tiles.edge_tiles(published.size)}
        growth = publication.growth(published, tiles.read_edge(published.size, wanted), left)
        for tile, data in growth.tiles.items():
            _create(tile, data, until)
        note = sign(growth.checkpoint)

        def read(tile: Tile) -> bytes:
            return growth.tiles.get(tile) or _read(tile, until)

        hash_at = tiles.hash_at(growth.checkpoint.size, read)
        note = self._witnesses.cosign(note, published.size, growth.checkpoint.size, hash_at)
        data = str(note).encode()
        if storage.write(settings.bucket(), CHECKPOINT, data, AS_CHECKPOINT, over=generation):
            _note(seen, batches, growth.checkpoint.size)
            logs.write(Severity.INFO, "ledger published", count=growth.checkpoint.size)


def keys() -> dict[str, Key]:
    """Return the log's public keys by KMS version.

    Raises:
        KeyLostError: a version has none.
        UnavailableError: KMS does not answer.
    """
    origin = settings.origin()
    return {v: Key(origin, ED25519, _public_key(v)) for v in settings.key_versions()}


def sign(checkpoint: Checkpoint) -> Note:
    """Return a committed checkpoint with a signature by each of the log's keys.

    Raises:
        KeyLostError: a key does not sign, or not as its public half says.
        UnavailableError: KMS does not answer.
    """
    text, signatures = checkpoint.text, []
    for version, key in keys().items():
        until = time.monotonic() + KEY_SECONDS
        signature = kms.sign(version, text.encode(), until=until)
        if not key.signs(text, signature):
            raise kms.KeyLostError
        signatures.append(Signature(key.name, key.id, signature))
    return Note(text, tuple(signatures))


def _published() -> tuple[Checkpoint, int]:
    """Return the public checkpoint, and its generation in the bucket."""
    found = storage.read(settings.bucket(), CHECKPOINT)
    if found is None:
        return Checkpoint(settings.origin(), 0, merkle.EMPTY_ROOT), storage.NONE
    checkpoint = notes.read_checkpoint(notes.read(found.data).text)
    if checkpoint.origin != settings.origin():
        raise PublicationError("The checkpoint is of another log.")
    return checkpoint, found.generation


def _create(tile: Tile, data: bytes, until: float) -> None:
    """Make a tile, which may be there from an earlier try, but then with the same bytes."""
    _in_time(until)
    if storage.write(settings.bucket(), tile.path, data, AS_TILE, over=storage.NONE):
        return
    if _read(tile, until) != data:
        raise PublicationError("A tile is there with other bytes.")


def _read(tile: Tile, until: float) -> bytes:
    _in_time(until)
    found = storage.read(settings.bucket(), tile.path)
    if found is None:
        raise PublicationError("A published tile is not there.")
    return found.data


def _in_time(until: float) -> None:
    if time.monotonic() > until:
        raise UnavailableError("Storage is too slow.")


def _note(seen: "Snapshot[Progress]", batches: list[Batch], size: int) -> None:
    covered = sum(publication.size_after(batch) <= size for batch in batches)
    number = batches[0].number + covered
    before = seen.value or Progress()
    at = clock.now() if size != before.published_size else before.published_at
    store.note_published(seen, number, size, at)


@cache
def _public_key(version: str) -> bytes:
    pem = kms.public_key(version, until=time.monotonic() + KEY_SECONDS)
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError("A key of the ledger is not Ed25519.")
    return key.public_bytes_raw()
