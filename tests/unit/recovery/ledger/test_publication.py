"""What is published next, and what is refused because the two sides contradict each other."""

import pytest

from app.recovery.ledger.models import Batch
from app.recovery.ledger.policy import publication, tiles
from app.recovery.ledger.policy.notes import Checkpoint
from app.recovery.ledger.policy.publication import PublicationError
from app.recovery.ledger.policy.tiles import Edge
from tests.unit.recovery.ledger import naive_tree

TREE = [str(n).encode() for n in range(9)]
BOUNDS = (0, 3, 3, 7, 9)
"""Where batches begin and end; the second one has rejected items only."""


def batch(number: int, **changed: object) -> Batch:
    """Return a batch of the tree."""
    first, end = BOUNDS[number], BOUNDS[number + 1]
    made = Batch(
        number=number,
        first_index=first,
        opening={},
        entries=TREE[first:end],
        root=naive_tree.root(TREE[:end]),
        results=[],
    )
    return made.model_copy(update=changed)


BATCHES = [batch(number) for number in range(4)]


def at(size: int) -> Checkpoint:
    """Return the checkpoint of a size."""
    return Checkpoint("log.example", size, naive_tree.root(TREE[:size]))


def edge(size: int) -> Edge:
    """Return the edge of a log of a size."""
    return tiles.growth(Edge(), TREE[:size])[1]


@pytest.mark.parametrize(("size", "left"), [(0, [0, 1, 2, 3]), (3, [2, 3]), (7, [3]), (9, [])])
def test_batches_beyond_the_checkpoint_are_left(size: int, left: list[int]) -> None:
    # A batch without entries before others goes with them, or with what is public.
    assert {b.number for b in publication.beyond(at(size), BATCHES)} | {1} == {*left, 1}


@pytest.mark.parametrize(
    ("published", "batches", "finding"),
    [
        (at(0), BATCHES[2:], "fell behind"),
        (at(5), BATCHES, "within a batch"),
        (Checkpoint("log.example", 3, bytes(32)), BATCHES, "another root"),
    ],
)
def test_a_checkpoint_that_contradicts_the_batches_is_refused(
    published: Checkpoint, batches: list[Batch], finding: str
) -> None:
    with pytest.raises(PublicationError, match=finding):
        publication.beyond(published, batches)


def test_growth_ends_in_the_committed_root() -> None:
    growth = publication.growth(at(3), edge(3), BATCHES[2:])

    assert growth.checkpoint == at(9)
    assert dict(growth.tiles) == tiles.growth(edge(3), TREE[3:])[0]


def test_growth_to_another_root_than_was_committed_is_refused() -> None:
    forged = batch(3, root=bytes(32))
    with pytest.raises(PublicationError, match="than was committed"):
        publication.growth(at(3), edge(3), [BATCHES[2], forged])
    changed = batch(3, entries=[b"other", TREE[8]])
    with pytest.raises(PublicationError, match="than was committed"):
        publication.growth(at(3), edge(3), [BATCHES[2], changed])


def test_growth_on_tiles_that_do_not_lead_to_the_checkpoint_is_refused() -> None:
    with pytest.raises(PublicationError, match="than the checkpoint"):
        publication.growth(Checkpoint("log.example", 3, bytes(32)), edge(3), BATCHES[2:])
