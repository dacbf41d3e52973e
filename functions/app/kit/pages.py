"""Cursors of lists that are read page by page, newest first."""

import base64
import binascii
from datetime import UTC, datetime

from pydantic import ConfigDict, TypeAdapter

from app.kit.errors import InvalidArgumentError
from app.kit.model import DocumentId, Instant

_POSITION = TypeAdapter(tuple[Instant, DocumentId], config=ConfigDict(defer_build=True))


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
