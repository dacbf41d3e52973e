"""RFC 6962 section 2.1 word for word, on lists: what the ledger's tree is compared with."""

import hashlib
from collections.abc import Sequence


def leaf(entry: bytes) -> bytes:
    """Return the hash of an entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def root(entries: Sequence[bytes]) -> bytes:
    """Return MTH(D[n])."""
    if not entries:
        return hashlib.sha256(b"").digest()
    return _hash(entries)


def joined(roots: Sequence[bytes]) -> bytes:
    """Return the root of the tree that consists of subtrees with these roots."""
    if not roots:
        return hashlib.sha256(b"").digest()
    return roots[0] if len(roots) == 1 else _node(roots[0], joined(roots[1:]))


def path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """Return PATH(m, D[n])."""
    if len(entries) == 1:
        return []
    k = _k(len(entries))
    if m < k:
        return [*path(m, entries[:k]), _hash(entries[k:])]
    return [*path(m - k, entries[k:]), _hash(entries[:k])]


def proof(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """Return PROOF(m, D[n])."""
    return _subproof(m, entries, known=True)


def included(m: int, size: int, hashed: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to."""
    if size == 1:
        assert not proof
        return hashed
    *below, sibling = proof
    k = _k(size)
    if m < k:
        return _node(included(m, k, hashed, below), sibling)
    return _node(sibling, included(m - k, size - k, hashed, below))


def _subproof(m: int, entries: Sequence[bytes], *, known: bool) -> list[bytes]:
    if m == len(entries):
        return [] if known else [_hash(entries)]
    k = _k(len(entries))
    if m <= k:
        return [*_subproof(m, entries[:k], known=known), _hash(entries[k:])]
    return [*_subproof(m - k, entries[k:], known=False), _hash(entries[:k])]


def _hash(entries: Sequence[bytes]) -> bytes:
    if len(entries) == 1:
        return leaf(entries[0])
    k = _k(len(entries))
    return _node(_hash(entries[:k]), _hash(entries[k:]))


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _k(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k
