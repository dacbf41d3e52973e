"""Markers that are put where a secret may stand, and looked for where it must not."""

import secrets
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any


def letters(count: int) -> str:
    """Return what no pattern of a phone number, a card or a link takes for its own."""
    return "".join(secrets.choice("bcdfghkmnpqrstvwz") for _ in range(count))


def _spellings(marker: str) -> Iterator[bytes]:
    """Yield how a marker may stand in bytes: plain, in hexadecimal, inside of base64."""
    raw = marker.encode()
    yield raw
    yield raw.hex().encode()
    for shift, unsure in enumerate((0, 2, 3)):
        whole = (shift + len(raw)) // 3 * 4
        yield b64encode(bytes(shift) + raw)[unsure:whole]


def _flat(value: Any) -> bytes:
    """Return all texts and bytes in a value, names of fields too, one after the other."""
    match value:
        case dict():
            return b"\n".join(_flat(part) for item in value.items() for part in item)
        case list() | tuple() | set():
            return b"\n".join(_flat(part) for part in value)
        case bytes():
            return value
        case _:
            return str(value).encode()


def found(markers: Iterable[str], *places: Any) -> set[str]:
    """Return the markers that stand in some of the places."""
    haystack = _flat(places)
    return {marker for marker in markers if any(s in haystack for s in _spellings(marker))}
