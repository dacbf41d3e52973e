"""Takes out of free text what tells who or where a person is. Pure, and linear in the text.

It finds shapes, and the names it is given; a name that nobody told it of stays.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Characters without width, which would hide a name or an address from every pattern."""

STREET = (
    "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Place|Pl|Circle|Cir"
    "|Parkway|Pkwy|Terrace|Trail|Highway|Hwy"
)
STREET_NAME = r"(?:[NSEW]\.? )?(?:(?:[A-Z][\w'.]*|\d{1,3}(?:st|nd|rd|th)) ){1,3}"
APARTMENT = r"(?:,? ?(?:Apt|Unit|Suite|Ste|#)\.? ?\w{1,6})?"
NANP = r"[2-9]\d\d"
"""Area codes and exchanges of North America, which do not begin with 0 or 1."""

TOP_LEVEL = "com|org|net|edu|gov|io|co|me|us|mx|es|app|dev|info|ai"

# Possessive quantifiers and the look-behinds let each character be tried once, whatever the text.
SHAPES = tuple(
    (re.compile(pattern), marker)
    for pattern, marker in (
        (r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)++", "[email]"),
        (r"(?i:https?://|www\.)\S++", "[link]"),
        (rf"(?<![\w.@-])(?:[\w-]+\.)+(?i:{TOP_LEVEL})\b(?!\.?\w)(?:/\S*+)?", "[link]"),
        (r"@\w[\w.]++", "[handle]"),
        (r"\+\d(?:[ .()-]{0,2}\d){7,14}(?!\d)", "[phone]"),
        (r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)", "[card number]"),
        (r"(?<![\d-])\d{3}[ -]\d{2}[ -]\d{4}(?![\d-])", "[id number]"),
        (r"(?i:\b(?:ssn|social security)\b\D{0,20})\d{9}(?!\d)", "[id number]"),
        (
            rf"(?<![\d.+-])(?:1[ .-]?)?(?:\({NANP}\) ?|{NANP}[ .-]?){NANP}[ .-]?\d{{4}}(?!\d)",
            "[phone]",
        ),
        (r"(?<![\d.+-])\d{2}[ .-]\d{4}[ .-]\d{4}(?!\d)", "[phone]"),
        (rf"(?<!\w)\d{{1,5}} {STREET_NAME}(?:{STREET})\b{APARTMENT}", "[address]"),
        (r"\b(?i:P\.? ?O\.? ?Box) \d++", "[address]"),
    )
)
MARKERS = "|".join(sorted({re.escape(marker) for _, marker in SHAPES} | {re.escape("[name]")}))

SHORTEST_PART = 3
"""Letters that a part of a full name needs to be taken out on its own."""

PARTICLES = frozenset({"and", "das", "del", "der", "dos", "las", "los", "van", "von", "the"})
"""Parts of names that are words of their own."""


def redact(text: str, identifiers: Sequence[str] = ()) -> str:
    """Return `text` with neutral markers, such as "[email]", for what identifies a person.

    Takes out e-mail addresses, links, handles, phone, card and social security numbers, US street
    addresses, and `identifiers` as whole words in any case, with or without accents; of a full
    name also its parts.
    """
    text = INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    for pattern, marker in SHAPES:
        text = pattern.sub(marker, text)
    words = sorted(_variants(identifiers), key=len, reverse=True)
    if not words:
        return text
    # A marker is matched first and kept, so that somebody called Link does not break "[link]".
    known = re.compile(rf"({MARKERS})|(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)
    return known.sub(lambda found: found[1] or "[name]", text)


def _variants(identifiers: Iterable[str]) -> Iterator[str]:
    """Yield the pattern of each identifier and name part, also as typed without its accents."""
    for identifier in identifiers:
        for word in {identifier, *_parts(identifier)}:
            composed = unicodedata.normalize("NFC", word).split()
            plain = [_unaccented(piece) for piece in composed]
            for pieces in (composed, plain):
                if pieces:
                    yield r"\s+".join(map(re.escape, pieces))


def _parts(name: str) -> Iterator[str]:
    """Yield the parts of a name of several; none of an e-mail address, a path or an id."""
    if not re.search(r"[^\w\s.'\u2019-]|[\d_]", name):
        for part in re.split(r"[^\w]+", name):
            if len(part) >= SHORTEST_PART and part.casefold() not in PARTICLES:
                yield part


def _unaccented(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
