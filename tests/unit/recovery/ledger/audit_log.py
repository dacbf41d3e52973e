"""An audit of the public files of the log, from their bytes alone and without any of its code."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.recovery.ledger.models import Batch
from tests.unit.recovery.ledger import naive_tree
from tests.unit.recovery.ledger.audit import post

CHECKPOINT = "checkpoint"


@dataclass
class PublicLog:
    """What the public saw of a log so far; `look` fails where it could ever disagree.

    Attributes:
        origin: of the log.
        keys: the public keys of which one at least must have signed.
        width: of a full tile; another one than 256 only where a test makes it so.
        roots: the root of each size that ever had a checkpoint or a signature.
    """

    origin: str
    keys: Sequence[bytes]
    width: int = 256
    roots: dict[int, bytes] = field(default_factory=dict)
    _files: dict[str, bytes] = field(default_factory=dict)
    _size: int = 0

    def signed(self, text: str) -> None:
        """Take note of a text that a key of the log signed."""
        origin, size, root, end = text.split("\n")
        assert (origin, end) == (self.origin, ""), "signed something else"
        self._root(int(size), base64.b64decode(root))

    def look(self, files: Mapping[str, bytes], batches: Sequence[Batch]) -> list[bytes]:
        """Return the public entries, once everything public is found sound.

        Args:
            files: every object of the bucket by name.
            batches: every batch, sound and by number.
        """
        for name, data in self._files.items():
            assert name == CHECKPOINT or files.get(name) == data, "a published byte changed"
        self._files = dict(files)
        leaves = [leaf for batch in batches for leaf in batch.entries]
        ends = {batch.first_index + len(batch.entries) for batch in batches}
        for size, root in self.roots.items():
            assert size in ends, "signed before it was committed"
            assert naive_tree.root(leaves[:size]) == root, "two histories"
        if CHECKPOINT not in files:
            assert self._size == 0, "the published size fell"
            return []
        size, root = self._checkpoint(files[CHECKPOINT].decode())
        assert size >= self._size, "the published size fell"
        self._size = size
        self._root(size, root)
        entries = self._entries(files, size)
        assert entries == leaves[:size], "other entries than were committed"
        assert naive_tree.root(entries) == root, "the tiles have another root"
        assert all(files[name] for name in files), "an empty tile"
        balances: dict[str, int] = {}
        for entry in entries:
            post(balances, json.loads(entry))
        for batch in batches:
            if batch.first_index == size:
                assert batch.opening == {a: n for a, n in balances.items() if n}, "balances differ"
        return entries

    def _root(self, size: int, root: bytes) -> None:
        assert self.roots.setdefault(size, root) == root, "two roots for one size"

    def _checkpoint(self, note: str) -> tuple[int, bytes]:
        text, _, lines = note.rpartition("\n\n")
        origin, size, root = text.split("\n")
        assert origin == self.origin
        signatures = [line.rpartition(" ")[2] for line in lines.splitlines()]
        signed = [base64.b64decode(signature)[4:] for signature in signatures]
        assert any(_signs(key, s, f"{text}\n") for key in self.keys for s in signed), "unsigned"
        return int(size), base64.b64decode(root)

    def _entries(self, files: Mapping[str, bytes], size: int) -> list[bytes]:
        """Return the entries out of the bundles; each tile of a log of this size must be right."""
        entries: list[bytes] = []
        assert set(names("entries", size, self.width)) <= files.keys(), "a tile is missing"
        for name in names("entries", size, self.width):
            data = files[name]
            while data:
                end = 2 + int.from_bytes(data[:2], "big")
                entries.append(data[2:end])
                data = data[end:]
        hashes = [naive_tree.leaf(entry) for entry in entries]
        level = 0
        while hashes:
            assert set(names(str(level), len(hashes), self.width)) <= files.keys(), (
                "a tile is missing"
            )
            stored = b"".join(files[name] for name in names(str(level), len(hashes), self.width))
            assert stored == b"".join(hashes), "a tile is wrong"
            starts = range(0, len(hashes) - self.width + 1, self.width)
            hashes = [_root_of(hashes[start : start + self.width]) for start in starts]
            level += 1
        return entries


def names(level: str, hashes: int, full: int = 256) -> list[str]:
    """Return the names of the tiles of a level that has so many hashes."""
    found = []
    for n in range((hashes + full - 1) // full):
        width = min(full, hashes - full * n)
        number = f"x{n // 1000:03d}/{n % 1000:03d}" if n >= 1000 else f"{n:03d}"
        found.append(f"tile/{level}/{number}" + (f".p/{width}" if width < full else ""))
    return found


def _root_of(hashes: Sequence[bytes]) -> bytes:
    level = list(hashes)
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return level[0]


def _signs(key: bytes, signature: bytes, text: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True
