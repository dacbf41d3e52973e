"""Finds phrases with alternatives and gaps in a list of words, in time linear in the list."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

GAP = ".."
EDGE = "."
"""The word that stands for the edge of a clause. No gap crosses it."""


class Span(NamedTuple):
    """A place in a list of words; `end` is behind it."""

    start: int
    end: int


@dataclass(frozen=True)
class _Step:
    """One place of a phrase: the words that fit, or how many words may be skipped."""

    words: frozenset[str]
    optional: bool
    gap: int = 0


class Phrases:
    """Phrases such as "want|wanna to? ..2 die", written one word a place.

    `a|b` is either word, `?` makes the place optional, `..2` skips up to two words of the clause,
    `.` is the edge of a clause. A word that begins with `$` is the name of a list of words, which
    stands first in `rules` as "$name = a b c".
    """

    def __init__(self, rules: Iterable[str], spelled: Callable[[str], str]) -> None:
        self._spelled = spelled
        self._lists: dict[str, frozenset[str]] = {}
        self._by_first_word: dict[str, list[tuple[_Step, ...]]] = {}
        for rule in rules:
            name, equals, members = rule.partition(" = ")
            if equals:
                self._lists[name] = self._members(members.split())
                continue
            steps = tuple(self._step(part) for part in rule.split())
            for word in steps[0].words:
                self._by_first_word.setdefault(word, []).append(steps)

    def spans(self, said: list[str]) -> Iterator[Span]:
        """Yield where phrases are in `said`; of phrases at the same place all."""
        for start, word in enumerate(said):
            for steps in self._by_first_word.get(word, ()):
                end = _end(said, start, steps, 0)
                if end is not None:
                    yield Span(start, end)

    def _step(self, part: str) -> _Step:
        if part.startswith(GAP):
            return _Step(frozenset(), optional=True, gap=int(part.removeprefix(GAP)))
        plain = part.removesuffix("?")
        return _Step(self._members(plain.split("|")), optional=plain != part)

    def _members(self, names: Iterable[str]) -> frozenset[str]:
        found: set[str] = set()
        for name in names:
            found |= self._lists[name] if name.startswith("$") else {self._spelled(name)}
        return frozenset(found)


def _end(said: list[str], place: int, steps: tuple[_Step, ...], index: int) -> int | None:
    """Return where `steps` from `index` on end when they begin at `place`, or None."""
    while index < len(steps):
        step = steps[index]
        index += 1
        if step.gap:
            return _end_after_gap(said, place, steps, index)
        fits = place < len(said) and said[place] in step.words
        if step.optional and fits:
            end = _end(said, place + 1, steps, index)
            if end is not None:
                return end
        elif fits:
            place += 1
        elif not step.optional:
            return None
    return place


def _end_after_gap(said: list[str], place: int, steps: tuple[_Step, ...], index: int) -> int | None:
    for after in range(place, min(place + steps[index - 1].gap, len(said)) + 1):
        end = _end(said, after, steps, index)
        if end is not None:
            return end
        if said[after : after + 1] == [EDGE]:
            return None
    return None
