"""The Merkle tree over the entries, as RFC 6962 section 2.1 defines it.

A tree of some size is made of full subtrees, the largest ones first, as many as its size has one
bits. Their roots from left to right are its *frontier*: all that is needed to add entries and to
know the root.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

type Frontier = tuple[bytes, ...]
type HashAt = Callable[[int, int], bytes]
"""Gives the root of the full subtree over entries `[index << level, (index + 1) << level)`."""

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node with two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grown(frontier: Iterable[bytes], size: int, hashes: Iterable[bytes]) -> Frontier:
    """Return the frontier of a tree once more is added to it.

    Args:
        frontier: of the tree as it is.
        size: how many entries the tree has.
        hashes: of the entries to add; or, for a tree over subtrees of one size, their roots.

    Raises:
        ValueError: `frontier` is not one of a tree of this size.
    """
    roots = list(frontier)
    if len(roots) != size.bit_count():
        raise ValueError("The frontier is not one of a tree of this size.")
    for added in hashes:
        root, full = added, size
        while full & 1:  # each one bit that the addition carries over is a subtree that doubles
            root = node_hash(roots.pop(), root)
            full >>= 1
        roots.append(root)
        size += 1
    return tuple(roots)


def root(frontier: Sequence[bytes]) -> bytes:
    """Return the root of the tree with this frontier."""
    *others, right = frontier or (EMPTY_ROOT,)
    for left in reversed(others):
        right = node_hash(left, right)
    return right


def range_root(start: int, end: int, hash_at: HashAt) -> bytes:
    """Return the root over the entries `[start, end)`, one range that the tree splits into."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return hash_at(level, start >> level)
    middle = start + _left(size)
    return node_hash(range_root(start, middle, hash_at), range_root(middle, end, hash_at))


def inclusion_proof(index: int, size: int, hash_at: HashAt) -> list[bytes]:
    """Return the proof that entry `index` is in the tree of `size` entries (section 2.1.1).

    Raises:
        ValueError: the tree has no such entry.
    """
    if not 0 <= index < size:
        raise ValueError("The tree has no such entry.")
    start, end = 0, size
    siblings: list[tuple[int, int]] = []
    while end - start > 1:
        middle = start + _left(end - start)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return [range_root(*sibling, hash_at) for sibling in reversed(siblings)]


def consistency_proof(old_size: int, size: int, hash_at: HashAt) -> list[bytes]:
    """Return the proof that the tree of `size` begins with that of `old_size` (section 2.1.2).

    It is empty where the two are the same, or the old one is empty.

    Raises:
        ValueError: the old tree is the larger one.
    """
    if not 0 <= old_size <= size:
        raise ValueError("The old tree is larger than the new one.")
    if old_size in {0, size}:
        return []
    start, end = 0, size
    siblings: list[tuple[int, int]] = []
    while old_size != end:
        middle = start + _left(end - start)
        if old_size <= middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    if start > 0:  # else the old tree is a subtree of the new one, and its root is known
        siblings.append((start, end))
    return [range_root(*sibling, hash_at) for sibling in reversed(siblings)]


def _left(size: int) -> int:
    """Return the largest power of two below `size`: how many entries the left subtree has."""
    return 1 << (size - 1).bit_length() - 1
