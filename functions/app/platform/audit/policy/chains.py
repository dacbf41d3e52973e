"""Hash chains: each entry's hash covers all that is stored of it, its place and the hash before."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import rfc8785

from app.platform.audit.models import ChainHead, Place

_DOMAIN = b"evergrow/audit-entry/v1\n"
_MAX_EXACT_INTEGER = 2**53 - 1


def add(head: ChainHead, entry_id: str, stored: Mapping[str, Any]) -> tuple[ChainHead, Place]:
    """Return the chain's head after an entry, and the entry's place in the chain.

    Args:
        head: the chain so far.
        entry_id: the document's id.
        stored: all its fields.
    """
    place = {"shard": head.shard, "sequence": head.size, "previous": head.hash}
    own = digest(entry_id, {**stored, **place})
    after = ChainHead(shard=head.shard, size=head.size + 1, hash=own)
    return after, Place(**place, hash=own)


def digest(entry_id: str, fields: Mapping[str, Any]) -> str:
    """Return the hash of an entry: SHA-256 of the canonical JSON (RFC 8785) of id and fields.

    Args:
        entry_id: the document's id.
        fields: all that is stored, with its place; its own hash is left out.
    """
    stated = {name: _json(value) for name, value in fields.items() if name != "hash"}
    return hashlib.sha256(_DOMAIN + rfc8785.dumps({"id": entry_id, "fields": stated})).hexdigest()


def _json(value: Any) -> Any:
    """Return what Firestore can store as JSON, each kind of value in a way of its own.

    Entries have texts, times, booleans, lists and maps; for what they never have there is a way
    too, since a value that no hash can be made of would stop the chain.
    """
    match value:
        case None | bool() | str():
            return value
        case int() if abs(value) <= _MAX_EXACT_INTEGER:
            return value
        case datetime():
            return {"time": value.astimezone(UTC).isoformat(timespec="microseconds")}
        case Mapping():
            return {"map": {str(name): _json(item) for name, item in value.items()}}
        case list() | tuple():
            return [_json(item) for item in value]
        case _:
            return {"other": repr(value)}
