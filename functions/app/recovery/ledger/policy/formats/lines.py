"""JSON Lines: each line an entry, exactly as a page has it."""

import json
from collections.abc import Iterable, Iterator

from app.recovery.ledger.models.reads import PageEntry
from app.recovery.ledger.policy.formats.part import Part


def texts(entries: Iterable[PageEntry], _part: Part) -> Iterator[str]:
    """Yield the lines of the file."""
    for entry in entries:
        fields = entry.model_dump(mode="json", by_alias=True)
        yield json.dumps(fields, ensure_ascii=False, separators=(",", ":")) + "\n"
