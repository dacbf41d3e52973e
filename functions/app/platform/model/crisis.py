"""Finds in a person's own words that they, or somebody near them, may need help now.

Rules alone, no model: it works when nothing else does. In doubt it is a hit, because a false alarm
only shows where help is. It is not a diagnosis, and finding nothing does not mean that all is well;
docs/crisis-screen.md says what was measured.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from app.platform.model import crisis_rules
from app.platform.model.crisis_resources import RESOURCES
from app.platform.model.models import CrisisCategory, CrisisMatch
from app.platform.model.phrases import EDGE, Phrases, Span

LEET = str.maketrans("013457@$", "oieastas")
APOSTROPHES = dict.fromkeys(map(ord, "'`\u2019\u00b4"))
OD = re.compile(r"\bo\.?d(?:\.?['\u2019`]d|\.d|\.?['\u2019`-]?(?:ed|ing))\b")
"""How the past tense and the participle of "to OD" are typed."""

INNER_EXCLAMATION = re.compile(r"(?<=[a-z])!(?=[a-z])")
SPACED_OUT = re.compile(r"(?<=\b[a-z])[ .*_-](?=[a-z]\b)")
"""Between the letters of "k i l l" and "k.m.s"."""

CLAUSE_EDGE = re.compile(r"[.,;:!?¡¿()\n\r\"“”/|]+")
NO_WORD = re.compile(r"[^\w$@.]+|_")
DOUBLED = re.compile(r"([a-z])\1+")

NEGATION_REACH = 8
"""How many words before a hit a negation may stand."""

HARMLESS_REACH = 16
"""How many words from a hit what makes it harmless may begin or end; more than any rule has."""

FEW = frozenset("01234")
MANY = "#"
"""The word that stands for a number above `FEW`."""


def screen(texts: Sequence[str]) -> CrisisMatch | None:
    """Return the most urgent crisis that `texts` speak of, or None. Keeps and logs no word."""
    found = {category for text in texts for category in _categories(words(text))}
    for category in CrisisCategory:
        if category in found:
            return CrisisMatch(
                category=category,
                rule_version=crisis_rules.RULES_DATE.isoformat(),
                resources=RESOURCES[category],
            )
    return None


def words(text: str) -> list[str]:
    """Return the words of `text` as rules spell them, with `EDGE` around each clause.

    Undone are: capitals, accents, apostrophes, invisible characters, letters said twice, spaced
    out or written as digits.
    """
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).casefold()
        text = "".join(c for c in text if unicodedata.category(c) not in {"Mn", "Cf"})
    text = OD.sub("overdosed", text)
    text = text.translate(APOSTROPHES)
    text = INNER_EXCLAMATION.sub("i", text)
    text = SPACED_OUT.sub("", text)
    text = CLAUSE_EDGE.sub(f" {EDGE} ", text)
    return [EDGE, *map(_spelled, NO_WORD.sub(" ", text).split()), EDGE]


def _spelled(word: str) -> str:
    if word.isdecimal():
        return word if word in FEW else MANY
    if not word.isalpha():
        word = word.translate(LEET)
    return DOUBLED.sub(r"\1", word)


def _categories(said: list[str]) -> Iterator[CrisisCategory]:
    for category, name in crisis_rules.HITS.items():
        hits = _phrases(name).spans(said)
        if any(not _harmless(said, hit) and not _negated(said, hit) for hit in hits):
            yield category


def _harmless(said: list[str], hit: Span) -> bool:
    """Whether a figure of speech or a matter of work covers a part of the hit."""
    start = max(0, hit.start - HARMLESS_REACH)
    near = said[start : hit.end + HARMLESS_REACH]
    return any(
        start + safe.start < hit.end and hit.start < start + safe.end
        for safe in _phrases(crisis_rules.HARMLESS).spans(near)
    )


@cache
def _phrases(name: str) -> Phrases:
    return Phrases(crisis_rules.read(name), _spelled)


def _negated(said: list[str], hit: Span) -> bool:
    """Whether the words lead from a negation straight to the hit, and nothing takes it back."""
    for word in reversed(said[max(0, hit.start - NEGATION_REACH) : hit.start]):
        if word in _NEGATIONS:
            return not _taken_back(said[hit.end : hit.end + NEGATION_REACH])
        if word not in _CARRIERS:
            return False
    return False


def _taken_back(after: list[str]) -> bool:
    """Whether a "but now", "but I might" or the like follows."""
    return any(
        this in _BUT and bool(_STILL.intersection(after[place + 1 : place + 4]))
        for place, (this, _) in enumerate(pairwise(after))
    )


_NEGATIONS = frozenset(map(_spelled, crisis_rules.NEGATIONS))
_CARRIERS = frozenset(map(_spelled, crisis_rules.NEGATION_CARRIERS))
_BUT = frozenset(map(_spelled, crisis_rules.BUT))
_STILL = frozenset(map(_spelled, crisis_rules.STILL))
