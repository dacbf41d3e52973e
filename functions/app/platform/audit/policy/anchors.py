"""Anchors: statements of all heads, signed, and kept where the database's administrator is not."""

import json
from collections.abc import Sequence

import rfc8785

from app.platform.audit.models import Anchor, ChainHead

FOLDER = "audit/heads/"
_DOMAIN = b"evergrow/audit-heads/v1\n"


def name(heads: Sequence[ChainHead]) -> str:
    """Return the name of the anchor of these heads: how many entries they have all together.

    Chains only grow, so that whoever comes second to anchor the same heads finds it there.
    """
    return f"{FOLDER}{sum(head.size for head in heads):016d}.json"


def signed(anchor: Anchor) -> bytes:
    """Return the bytes that the signature of an anchor is of."""
    return _DOMAIN + rfc8785.dumps(anchor.model_dump(mode="json", by_alias=True))


def write(anchor: Anchor, signature: bytes) -> bytes:
    """Return an anchor with its signature, as it is kept."""
    fields = anchor.model_dump(mode="json", by_alias=True)
    return rfc8785.dumps({"anchor": fields, "signature": signature.hex()})


def read(object_name: str, data: bytes) -> tuple[Anchor, bytes]:
    """Return what `write` was given.

    Raises:
        ValueError: it never made these bytes, or not under this name.
    """
    try:
        fields = json.loads(data)
        anchor = Anchor.model_validate_json(json.dumps(fields["anchor"]))
        signature = bytes.fromhex(fields["signature"])
        intact = write(anchor, signature) == data and name(anchor.heads) == object_name
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("It is no anchor.") from error
    if not intact:
        raise ValueError("It is no anchor.")
    return anchor, signature
