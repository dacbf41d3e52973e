"""The static files of the log: its tree and its entries in tiles of 256 (C2SP tlog-tiles).

A tile of level L holds the roots of subtrees of 256^L entries. Only the last tile of a level is
partial; its path tells its width, so that the bytes at a path never change.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Final, Literal

from app.recovery.ledger.policy import merkle
from app.recovery.ledger.policy.merkle import HASH_BYTES, Frontier, HashAt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

WIDTH = 256
_LEVELS = 8
"""How many levels of the tree a tile stands for."""
_LENGTH_BYTES = 2

ENTRIES: Final = "entries"
"""In the place of a level: the tile is a bundle of entries."""

type Level = int | Literal["entries"]


class InvalidTileError(ValueError):
    """The bytes are not those of the tile. The message says why, and holds none of them."""


@dataclass(frozen=True)
class Tile:
    """Which tile: level and index, and the width, which is below `WIDTH` in a partial one."""

    level: Level
    index: int
    width: int

    @property
    def path(self) -> str:
        """Its path below the prefix of the log."""
        *rest, last = (f"{part:03d}" for part in _thousands(self.index))
        number = "/".join((*(f"x{part}" for part in rest), last))
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{self.level}/{number}{partial}"


@dataclass(frozen=True)
class Edge:
    """What the partial tiles of a log hold: all that is needed to add tiles to it.

    Attributes:
        size: how many entries the log has.
        entries: those in no full bundle.
        levels: for each level of tiles, the hashes in none of its full tiles.
    """

    size: int = 0
    entries: tuple[bytes, ...] = ()
    levels: tuple[tuple[bytes, ...], ...] = ()

    @property
    def root(self) -> bytes:
        """The root of the log's tree."""
        frontier: Frontier = ()
        for hashes in reversed(self.levels):
            frontier += merkle.grown((), 0, hashes)
        return merkle.root(frontier)


def edge_tiles(size: int) -> list[Tile]:
    """Return the partial tiles of a log of `size` entries."""
    tiles = []
    for level, hashes in enumerate(_widths(size)):
        full, width = divmod(hashes, WIDTH)
        if width:
            tiles.append(Tile(level, full, width))
            if level == 0:
                tiles.append(Tile(ENTRIES, full, width))
    return tiles


def read_edge(size: int, contents: Mapping[Tile, bytes]) -> Edge:
    """Return the edge of a log of `size` entries from the bytes of its `edge_tiles`.

    Raises:
        InvalidTileError: one of them is not what its path says.
    """
    levels: list[tuple[bytes, ...]] = [() for _ in _widths(size)]
    entries: tuple[bytes, ...] = ()
    for tile in edge_tiles(size):
        if tile.level == ENTRIES:
            entries = read_bundle(contents[tile], tile.width)
        else:
            levels[tile.level] = read_hashes(contents[tile], tile.width)
    if levels and tuple(map(merkle.leaf_hash, entries)) != levels[0]:
        raise InvalidTileError("The bundle and the tile differ.")
    return Edge(size, entries, tuple(levels))


def growth(edge: Edge, entries: Sequence[bytes]) -> tuple[dict[Tile, bytes], Edge]:
    """Return the tiles that a log gets with `entries`, and its edge after them.

    The tiles are those that tell of any new entry, each once; no tile is empty, and none that the
    log already has is among them.
    """
    tiles: dict[Tile, bytes] = {}
    size = edge.size + len(entries)
    if not entries:
        return tiles, edge
    pending = [*edge.entries, *entries]
    full, rest = _split(pending)
    first = edge.size // WIDTH
    for index, part in enumerate(full, first):
        tiles[Tile(ENTRIES, index, WIDTH)] = bundle(part)
    if rest:
        tiles[Tile(ENTRIES, first + len(full), len(rest))] = bundle(rest)

    levels: list[tuple[bytes, ...]] = []
    added = [merkle.leaf_hash(entry) for entry in entries]
    old_widths = list(_widths(edge.size))
    for level, hashes in enumerate(_widths(size)):
        old = edge.levels[level] if level < len(edge.levels) else ()
        parts, left = _split([*old, *added])
        first = (old_widths[level] if level < len(old_widths) else 0) // WIDTH
        for index, part in enumerate(parts, first):
            tiles[Tile(level, index, WIDTH)] = b"".join(part)
        if left and added:
            tiles[Tile(level, hashes // WIDTH, len(left))] = b"".join(left)
        levels.append(left)
        added = [merkle.root(merkle.grown((), 0, part)) for part in parts]
    return tiles, Edge(size, rest, tuple(levels))


def bundle(entries: Sequence[bytes]) -> bytes:
    """Return the bundle of `entries`: each after its length, two bytes big-endian."""
    return b"".join(len(entry).to_bytes(_LENGTH_BYTES, "big") + entry for entry in entries)


def read_bundle(data: bytes, width: int) -> tuple[bytes, ...]:
    """Return the `width` entries of a bundle.

    Raises:
        InvalidTileError: it holds more or fewer, or ends within one.
    """
    entries = []
    at = 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(data[at:start], "big")
        if at > len(data) or start > len(data):
            raise InvalidTileError("The bundle ends within an entry.")
        entries.append(data[start:at])
    if len(entries) != width:
        raise InvalidTileError(f"The bundle does not hold {width} entries.")
    return tuple(entries)


def read_hashes(data: bytes, width: int) -> tuple[bytes, ...]:
    """Return the `width` hashes of a tile.

    Raises:
        InvalidTileError: it holds more or fewer.
    """
    if len(data) != width * HASH_BYTES:
        raise InvalidTileError(f"The tile does not hold {width} hashes.")
    return tuple(map(bytes, batched(data, HASH_BYTES, strict=True)))


def tile_at(level: Level, index: int, size: int) -> Tile:
    """Return a tile of a log of `size` entries, as wide as it is there.

    Raises:
        ValueError: the log has no such tile.
    """
    widths = list(_widths(size))
    place = 0 if level == ENTRIES else level
    width = min(WIDTH, widths[place] - index * WIDTH) if place < len(widths) else 0
    if width <= 0:
        raise ValueError("The log has no such tile.")
    return Tile(level, index, width)


def hash_at(size: int, read: Callable[[Tile], bytes]) -> HashAt:
    """Return what gives the hashes of the tree of `size` entries, out of its tiles.

    Args:
        size: of the log whose tiles are read.
        read: gives the bytes of a tile; the same one may be asked for again.
    """

    def hash_of(level: int, index: int) -> bytes:
        place, height = divmod(level, _LEVELS)
        number, offset = divmod(index << height, WIDTH)
        tile = tile_at(place, number, size)
        hashes = read_hashes(read(tile), tile.width)[offset : offset + (1 << height)]
        return merkle.root(merkle.grown((), 0, hashes))

    return hash_of


def _widths(size: int) -> Iterator[int]:
    """Yield how many hashes each level of tiles has, as long as it has any."""
    while size:
        yield size
        size //= WIDTH


def _split(parts: Sequence[bytes]) -> tuple[list[tuple[bytes, ...]], tuple[bytes, ...]]:
    """Return `parts` as full tiles, and what is left over."""
    tiles = list(batched(parts, WIDTH, strict=False))
    rest = tiles.pop() if len(parts) % WIDTH else ()
    return tiles, rest


def _thousands(number: int) -> list[int]:
    """Return the digits of a number to the base 1000."""
    digits = [number % 1000]
    while number := number // 1000:
        digits.append(number % 1000)
    return digits[::-1]
