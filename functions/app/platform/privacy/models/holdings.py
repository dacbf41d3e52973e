"""A document of any collection, as it is stored."""

from dataclasses import dataclass, field
from typing import Any

from app.platform.records.models import Record


@dataclass(frozen=True)
class Holding:
    """One document about a person.

    Attributes:
        record: where it is.
        fields: what is stored in the clear, without what the person may not see.
        sealed: what is stored sealed.
        opened: what was sealed, opened.
        unreadable: the sealed fields that do not open: their key is gone, or they were changed.
    """

    record: Record
    fields: dict[str, Any]
    sealed: dict[str, bytes] = field(default_factory=dict)
    opened: dict[str, Any] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The document's id."""
        return self.record.path.rpartition("/")[2]
