"""Identifiers: unguessable, without meaning, safe in paths."""

import hashlib
import secrets


def new() -> str:
    """Return a random id of 128 bits, as 32 hexadecimal digits."""
    return secrets.token_hex(16)


def digest(*parts: str) -> str:
    """Return the SHA-256 of `parts`, as 64 hexadecimal digits.

    Parts are length-prefixed, so that ("ab", "c") and ("a", "bc") differ.
    """
    return hashlib.sha256(length_prefixed(*parts)).hexdigest()


def length_prefixed(*parts: str) -> bytes:
    """Return the unambiguous encoding of `parts`: each with its length in four bytes before it."""
    encoded = (part.encode() for part in parts)
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
