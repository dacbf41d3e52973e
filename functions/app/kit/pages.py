"""Cursors of lists that are read page by page, newest first."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter

from app.kit.errors import InvalidArgumentError
from app.kit.model import DocumentId, Instant, Message

_POSITION = TypeAdapter(tuple[Instant, DocumentId], config=ConfigDict(defer_build=True))

Cursor = Annotated[str, Field(max_length=400)]


class PageRequest(Message):
    """A request for a page of a list. `cursor` is the `nextCursor` of the page before."""

    limit: Annotated[int, Field(ge=1, le=50)] = 20
    cursor: Cursor | None = None


def cursor(at: datetime, document_id: str) -> str:
    """Return the cursor of the page that begins after this document."""
    return base64.urlsafe_b64encode(f"{at.isoformat()} {document_id}".encode()).decode()


def position(cursor_text: str) -> tuple[datetime, str]:
    """Return what `cursor` was given.

    Raises:
        InvalidArgumentError: no page ever had this cursor.
    """
    try:
        at, _, document_id = base64.urlsafe_b64decode(cursor_text).decode().partition(" ")
        instant, document_id = _POSITION.validate_python((datetime.fromisoformat(at), document_id))
        return instant.astimezone(UTC), document_id
    except (binascii.Error, ValueError, OverflowError) as error:
        raise InvalidArgumentError.of("cursor", "is not one that a page gave") from error
