"""Cursors of lists that are read page by page, newest first."""

import base64
import binascii
from datetime import datetime

from app.kit.errors import InvalidArgumentError


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
        instant = datetime.fromisoformat(at)
    except (binascii.Error, ValueError) as error:
        raise InvalidArgumentError.of("cursor", "is not one that a page gave") from error
    if instant.tzinfo is None or not document_id or "/" in document_id:
        raise InvalidArgumentError.of("cursor", "is not one that a page gave")
    return instant, document_id
