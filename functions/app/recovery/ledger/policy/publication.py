"""What the public files of the log become: from committed batches, and what is public already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from app.recovery.ledger.models import Batch
from app.recovery.ledger.policy import tiles
from app.recovery.ledger.policy.notes import Checkpoint
from app.recovery.ledger.policy.tiles import Edge, Tile


class PublicationError(Exception):
    """What is public and what is committed contradict each other. Somebody must look."""


@dataclass(frozen=True)
class Growth:
    """What is to be made public next: `tiles` first, then the `checkpoint` that covers them."""

    tiles: Mapping[Tile, bytes]
    checkpoint: Checkpoint


def size_after(batch: Batch) -> int:
    """Return how many entries the ledger has after `batch`."""
    return batch.first_index + len(batch.entries)


def beyond(published: Checkpoint, batches: Sequence[Batch]) -> list[Batch]:
    """Return those of `batches`, which follow on each other, that the checkpoint does not cover.

    Raises:
        PublicationError: it covers less than what comes before them, or ends within one, or its
            root is not the one that was committed for its size.
    """
    first = batches[0]
    if published.size < first.first_index:
        raise PublicationError("The checkpoint fell behind what was published.")
    left = [batch for batch in batches if size_after(batch) > published.size]
    if left and left[0].first_index != published.size:
        raise PublicationError("The checkpoint ends within a batch.")
    covered = [batch for batch in batches if size_after(batch) == published.size]
    if any(batch.root != published.root for batch in covered):
        raise PublicationError("The checkpoint has another root than was committed.")
    return left


def growth(published: Checkpoint, edge: Edge, batches: Sequence[Batch]) -> Growth:
    """Return what makes `batches` public, on top of a log that ends in `edge`.

    Raises:
        PublicationError: the tiles do not lead to the checkpoint's root, or with the batches not
            to the root that was committed.
    """
    if edge.root != published.root:
        raise PublicationError("The published tiles have another root than the checkpoint.")
    entries = list(chain.from_iterable(batch.entries for batch in batches))
    added, grown = tiles.growth(edge, entries)
    if grown.root != batches[-1].root:
        raise PublicationError("The tiles have another root than was committed.")
    return Growth(added, Checkpoint(published.origin, grown.size, grown.root))
