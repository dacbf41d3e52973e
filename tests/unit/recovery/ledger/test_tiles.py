"""Which tiles a log has, what is in them, and that they only ever grow in number."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.recovery.ledger.policy import merkle, tiles
from app.recovery.ledger.policy.tiles import ENTRIES, Edge, Tile
from tests.unit.recovery.ledger import naive_tree

LARGEST = 70_000
TREE = [str(n).encode() for n in range(LARGEST)]


def published(sizes: Sequence[int]) -> tuple[dict[str, bytes], list[Edge]]:
    """Return the files of a log that grew to each of `sizes`, and its edge at each."""
    files: dict[str, bytes] = {}
    edges = [Edge()]
    for size in sizes:
        added, edge = tiles.growth(edges[-1], TREE[edges[-1].size : size])
        for tile, data in added.items():
            assert tile.path not in files, "a tile is published twice"
            files[tile.path] = data
        contents = {tile: files[tile.path] for tile in tiles.edge_tiles(size)}
        assert tiles.read_edge(size, contents) == edge
        edges.append(edge)
    return files, edges


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0, 256), "tile/0/000"),
        (Tile(1, 1234067, 256), "tile/1/x001/x234/067"),
        (Tile(0, 1000, 5), "tile/0/x001/000.p/5"),
        (Tile(ENTRIES, 999, 255), "tile/entries/999.p/255"),
        (Tile(ENTRIES, 273, 256), "tile/entries/273"),
    ],
)
def test_a_path_tells_level_index_and_width(tile: Tile, path: str) -> None:
    assert tile.path == path


@pytest.mark.parametrize(
    ("size", "partial", "full"),
    [
        (1, {"0/000.p/1", "entries/000.p/1"}, 0),
        (255, {"0/000.p/255", "entries/000.p/255"}, 0),
        (256, {"1/000.p/1"}, 2),
        (257, {"0/001.p/1", "entries/001.p/1", "1/000.p/1"}, 2),
        (65_536, {"2/000.p/1"}, 2 * 256 + 1),
        (65_537, {"0/256.p/1", "entries/256.p/1", "2/000.p/1"}, 2 * 256 + 1),
        (70_000, {"0/273.p/112", "entries/273.p/112", "1/001.p/17", "2/000.p/1"}, 2 * 273 + 1),
    ],
)
def test_a_log_has_just_the_tiles_of_its_size(size: int, partial: set[str], full: int) -> None:
    files, (_, edge) = published([size])

    assert {path.removeprefix("tile/") for path in files if ".p/" in path} == partial
    assert len(files) == len(partial) + full
    assert all(files.values()), "an empty tile"
    assert edge.root == naive_tree.root(TREE[:size])


def test_a_log_that_grows_never_publishes_a_path_twice() -> None:
    sizes = [1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, LARGEST]

    files, edges = published(sizes)

    assert [edge.size for edge in edges[1:]] == sizes
    assert published([LARGEST])[0].items() <= files.items()
    bundles = [files[tiles.tile_at(ENTRIES, n, LARGEST).path] for n in range(274)]
    widths = [*(256 for _ in range(273)), 112]
    read = map(tiles.read_bundle, bundles, widths)
    assert list(itertools.chain.from_iterable(read)) == TREE


@given(st.lists(st.integers(0, 700), min_size=1, max_size=6))
def test_any_growth_leaves_what_one_step_would(steps: list[int]) -> None:
    sizes = list(itertools.accumulate(steps))

    files, edges = published(sizes)

    whole, (_, edge) = published(sizes[-1:])
    assert whole.items() <= files.items()
    assert edges[-1] == edge
    assert edge.root == naive_tree.root(TREE[: sizes[-1]])


@pytest.mark.parametrize("size", [1, 255, 256, 257, 1000, LARGEST])
def test_hashes_of_the_tree_are_read_from_tiles(size: int) -> None:
    files, (_, edge) = published([size])
    hash_at = tiles.hash_at(size, lambda tile: files[tile.path])

    assert merkle.range_root(0, size, hash_at) == edge.root
    for index in {0, size // 3, size - 1}:
        proof = merkle.inclusion_proof(index, size, hash_at)
        leaf = naive_tree.leaf(TREE[index])
        assert naive_tree.included(index, size, leaf, proof) == edge.root
    old = size // 2 + 1
    assert merkle.consistency_proof(old, size, hash_at) == naive_tree.proof(old, TREE[:size])


def test_a_log_has_no_tiles_beyond_its_end() -> None:
    assert tiles.edge_tiles(0) == []
    assert tiles.growth(Edge(), []) == ({}, Edge())
    beyond: list[tuple[tiles.Level, int]] = [(0, 2), (1, 1), (2, 0), (ENTRIES, 2)]
    for level, index in beyond:
        with pytest.raises(ValueError, match="no such tile"):
            tiles.tile_at(level, index, 512)


@pytest.mark.parametrize(
    ("data", "width"),
    [
        (b"", 1),
        (b"\x00", 1),
        (b"\x00\x01", 1),
        (b"\x00\x01a\x00", 1),
        (b"\x00\x01a\x00\x01b", 1),
        (b"\x00\x01a", 2),
    ],
)
def test_a_bundle_of_anything_else_is_refused(data: bytes, width: int) -> None:
    with pytest.raises(tiles.InvalidTileError, match=r"ends within|does not hold"):
        tiles.read_bundle(data, width)


def test_a_tile_of_another_width_or_other_hashes_is_refused() -> None:
    files, _ = published([3])
    contents = {tile: files[tile.path] for tile in tiles.edge_tiles(3)}
    hashes, entries = Tile(0, 0, 3), Tile(ENTRIES, 0, 3)

    with pytest.raises(tiles.InvalidTileError, match="3 hashes"):
        tiles.read_edge(3, contents | {hashes: contents[hashes][:-1]})
    with pytest.raises(tiles.InvalidTileError, match="differ"):
        tiles.read_edge(3, contents | {entries: tiles.bundle([b"0", b"1", b"3"])})
