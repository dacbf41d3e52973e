"""The public log at the sizes where tiles fill, through the publisher, on a bucket in memory."""

import pytest

from app.kit import firestore
from app.recovery.ledger import publishing, store
from app.recovery.ledger.models import Batch, Head
from app.recovery.ledger.policy import merkle
from tests.faults.ledger_worlds import memory_world

BATCH = 500


@pytest.fixture
def world(monkeypatch):
    """The publisher on what answers its clients in memory."""
    with memory_world(monkeypatch) as made:
        yield made


def commit_up_to(size):
    """Commit batches of entries until the ledger has `size`; return their entries.

    They are swept already, and their entries are short: what is in them is not the matter here.
    """
    head_seen, done = store.position()
    head = head_seen.value or Head()
    while head.size < size:
        number = min(BATCH, size - head.size)
        entries = [b'{"n":%d}' % (head.size + n) for n in range(number)]
        frontier = merkle.grown(head.frontier, head.size, map(merkle.leaf_hash, entries))
        batch = Batch(
            number=head.batches,
            first_index=head.size,
            opening={},
            entries=entries,
            root=merkle.root(frontier),
            results=[],
        )
        head = head.model_copy(
            update={
                "size": head.size + number,
                "batches": head.batches + 1,
                "frontier": list(frontier),
            }
        )
        firestore.commit(store.batches.create(store.batch_id(batch.number), batch))
    firestore.commit(store.heads.replace(head_seen, head))
    return head, done


def publish_up_to(size):
    """Let the real publisher make a ledger of `size` entries public."""
    head, _ = commit_up_to(size)
    publisher = publishing.Publisher()
    for _ in range(head.batches + 1):
        _, done = store.position()
        published = done.value.published if done.value is not None else 0
        if published == head.batches:
            return
        assert publisher.publish(done, head.batches)
    raise AssertionError("it does not come to an end")


def tile_names(size):
    """Return the names of the tiles that a log of `size` entries consists of, by the book."""
    names, level = set(), 0
    while size >> 8 * level:
        full, width = divmod(size >> 8 * level, 256)
        kinds = (f"{level}", "entries") if level == 0 else (f"{level}",)
        names |= {f"tile/{kind}/{n:03d}" for kind in kinds for n in range(full)}
        names |= {f"tile/{kind}/{full:03d}.p/{width}" for kind in kinds if width}
        level += 1
    return names


SIZES = [1, 255, 256, 257, 65_537, 70_000]


def test_a_log_that_grows_through_these_sizes_has_just_their_tiles(world):
    published = {}
    for size in SIZES:
        publish_up_to(size)
        files = world.files()

        assert tile_names(size) <= files.keys()
        assert all(files.values()), "an empty tile"
        changed = {name for name, data in published.items() if files[name] != data}
        assert changed <= {publishing.CHECKPOINT}, "a published byte changed"
        full = {name for name in files if name.startswith("tile/") and ".p/" not in name}
        assert full == {name for name in tile_names(size) if ".p/" not in name}
        head, _ = store.position()
        assert world.log._checkpoint(files[publishing.CHECKPOINT].decode()) == (  # noqa: SLF001
            size,
            merkle.root(head.value.frontier),
        )
        assert world.log._entries(files, size) == [  # noqa: SLF001  # the audit reads every tile
            b'{"n":%d}' % n for n in range(size)
        ]
        published = files
