"""One chain, walked from its end to its beginning.

Every entry is held against what comes after it, and against every anchor of it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from app.platform.audit.models import GENESIS, ChainHead

WINDOW = timedelta(minutes=5)
"""After this long an entry is sealed and its chain anchored, if sealer, KMS and bucket work."""


class Problem(StrEnum):
    """What is wrong."""

    EDITED = "edited"
    REMOVED = "removed"
    INSERTED = "inserted"
    TRUNCATED = "truncated"
    """Entries at the end of a chain are missing."""
    REWRITTEN = "rewritten"
    """A chain agrees with itself, and not with what was anchored."""
    HEAD = "head changed"
    """A chain's head is not what its last entry says."""
    FORGED = "forged anchor"
    UNANCHORED = "not anchored"
    """Entries were sealed too long ago to be without an anchor: it is missing, or was deleted."""
    UNSEALED = "not sealed"
    LATE = "sealed late"
    """It says that it is from long before it was sealed: dated back, or the sealer had stopped."""


class Finding(NamedTuple):
    """One thing that is wrong; `where` is an entry's id, an anchor's name, or "" for neither."""

    problem: Problem
    where: str
    shard: int | None = None
    sequence: int | None = None
    entries: int = 1
    """How many entries, from this one on."""


class Entry(NamedTuple):
    """What the walk needs of an entry; `sound` says that its hash is its own."""

    id: str
    previous: str
    hash: str
    sound: bool
    at: datetime


@dataclass
class Pins:
    """What anchors say of one chain: its hashes and its times by size."""

    hashes: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    times: dict[int, datetime] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many entries there must be."""
        return max(self.hashes, default=0)

    def add(self, head: ChainHead, at: datetime) -> None:
        """Take note of a head, at a time that is not before that of any noted so far."""
        self.hashes[head.size].add(head.hash)
        self.times[head.size] = at

    def expired(self, before: datetime) -> int:
        """Return how many entries were there at a time."""
        return max((size for size, at in self.times.items() if at <= before), default=0)


type Chain = dict[int, list[Entry]]
"""Entries by their places; a place should have one."""


class Walk:
    """One chain, from its end to its beginning."""

    def __init__(
        self,
        shard: int,
        chain: Chain,
        pins: Pins,
        heads: tuple[ChainHead, ChainHead],
        now: datetime,
    ) -> None:
        """Prepare to walk.

        Args:
            shard: the number of the chain.
            chain: its entries.
            pins: what anchors say of it.
            heads: its head before the entries were read, and afterwards.
            now: the time of the check.
        """
        before, self._after = heads
        self._shard, self._chain, self._pins, self._now = shard, chain, pins, now
        self._heads = {head.size: head.hash for head in heads}
        self._due = max(before.size, pins.size)
        """How many entries there must be; from there to `_end` the sealer may be at work."""
        self._end = max(self._due, self._after.size)
        self._sizes = sorted(pins.times)
        self._found: list[Finding] = []
        self._disagreeing: list[tuple[int, str]] = []

    def findings(self, *, expired: int) -> list[Finding]:
        """Return what is wrong with the chain, of which the first `expired` entries may be gone."""
        if self._after.size < self._pins.size:
            self._add(Problem.HEAD, "", self._after.size)
        self._missing(expired)
        stated, last = None, self._end
        for sequence in sorted((n for n in self._chain if 0 <= n < self._end), reverse=True):
            stated = self._step(sequence, stated if sequence == last - 1 else None)
            last = sequence
        self._strays()
        self._rewritten()
        self._unanchored()
        return self._found

    def _add(self, problem: Problem, where: str, sequence: int, entries: int = 1) -> None:
        self._found.append(Finding(problem, where, self._shard, sequence, entries))

    def _missing(self, expired: int) -> None:
        following = expired
        for sequence in sorted(n for n in self._chain if expired <= n < self._due):
            if sequence > following:
                self._add(Problem.REMOVED, "", following, sequence - following)
            following = sequence + 1
        if following < self._due:
            self._add(Problem.TRUNCATED, "", following, self._due - following)

    def _step(self, sequence: int, stated: str | None) -> str | None:
        """Judge the entries at a place; return what the true one says of the one before.

        Args:
            sequence: the place.
            stated: what the entry after it says that its hash is; None where that is not known.
        """
        found = self._chain.get(sequence, [])
        pinned = self._pins.hashes.get(sequence + 1, set())
        in_head = self._heads.get(sequence + 1)
        sound = [entry for entry in found if entry.sound]
        true = (
            _first(sound, lambda entry: {entry.hash} == pinned)
            or _first(sound, lambda entry: entry.hash == (stated or in_head))
            or _first(sound, lambda _: len(found) == 1 and stated is None and in_head not in pinned)
        )
        if true is None:
            for entry in found:
                self._add(Problem.EDITED, entry.id, sequence)
            return None
        for entry in found:
            if entry is not true:
                self._add(Problem.INSERTED, entry.id, sequence)
        if stated not in {None, true.hash}:
            self._after_break(sequence, true)
        if in_head not in {None, true.hash}:
            self._add(Problem.HEAD, true.id, sequence)
        if pinned - {true.hash}:
            self._disagreeing.append((sequence, true.id))
        if sequence == 0 and true.previous != GENESIS:
            self._add(Problem.EDITED, true.id, sequence)
        if self._came_late(sequence, true):
            self._add(Problem.LATE, true.id, sequence)
        return true.previous

    def _after_break(self, sequence: int, true: Entry) -> None:
        """Name the entry after one that is anchored, and that it does not continue."""
        for entry in self._chain[sequence + 1]:
            if entry.previous != true.hash:
                self._add(Problem.EDITED, entry.id, sequence + 1)

    def _came_late(self, sequence: int, entry: Entry) -> bool:
        """Whether the chain was anchored long after the entry's time, and without it."""
        earlier = bisect_right(self._sizes, sequence)
        if not earlier:
            return False
        return entry.at < self._pins.times[self._sizes[earlier - 1]] - WINDOW

    def _strays(self) -> None:
        for sequence, found in self._chain.items():
            if not 0 <= sequence < self._end:
                for entry in found:
                    self._add(Problem.INSERTED, entry.id, sequence)

    def _rewritten(self) -> None:
        """Tell of the part between the last anchor that agrees and the first that does not."""
        if self._disagreeing:
            sequence, entry_id = min(self._disagreeing)
            agreed = [n for n in self._pins.hashes if n <= sequence]
            begin = max(agreed, default=0)
            self._add(Problem.REWRITTEN, entry_id, begin, self._end - begin)

    def _unanchored(self) -> None:
        for entry in self._chain.get(self._pins.size, []):
            if entry.at < self._now - WINDOW:
                self._add(Problem.UNANCHORED, entry.id, self._pins.size)


def _first(found: Iterable[Entry], wanted: Callable[[Entry], bool]) -> Entry | None:
    return next(filter(wanted, found), None)
