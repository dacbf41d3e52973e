"""What people are answered of records of any type."""

from typing import Any

from app.kit.model import Message
from app.platform.records.models import Category


class Shared(Message):
    """The fields of one document that were opened for a recipient."""

    collection: str
    holds: str
    category: Category
    document_id: str
    fields: dict[str, Any]
