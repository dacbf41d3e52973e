"""Documents of any collection as they are stored, for what deals with all collections alike.

Erasure, export, retention and the renewal of keys go by the register of collections and know
nothing of the documents' types. Only `store` modules import this one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.cloud.firestore import FieldFilter

from app.kit import firestore
from app.kit.firestore import DEFAULT, Write


@dataclass(frozen=True)
class Stored:
    """A document as it is stored. `path` is that of its collection and its id."""

    path: str
    fields: Mapping[str, Any]
    seen_at: datetime
    database: str = DEFAULT

    @property
    def id(self) -> str:
        """The document's id."""
        return self.path.rpartition("/")[2]


def page(
    collection: str,
    equal: tuple[str, str] | None,
    *,
    limit: int,
    after: str = "",
    database: str = DEFAULT,
) -> list[Stored]:
    """Return documents by id, ascending. One query.

    Args:
        collection: its name.
        equal: a field and the value that it has; None for every document.
        limit: the greatest number of documents.
        after: the id that the result begins after.
        database: where the collection is.

    Raises:
        UnavailableError: Firestore does not answer.
    """
    place = firestore.client(database).collection(collection)
    query = place.order_by("__name__").limit(limit)
    if equal is not None:
        query = query.where(filter=FieldFilter(equal[0], "==", equal[1]))
    if after:
        query = query.start_after({"__name__": place.document(after)})
    return [_stored(document, database) for document in firestore.answer(query.get)]


def older(
    collection: str,
    than: tuple[str, datetime],
    *,
    limit: int,
    after: Stored | None = None,
    database: str = DEFAULT,
) -> list[Stored]:
    """Return documents with an instant before a time, the oldest first. One query.

    Args:
        collection: its name.
        than: the field of the instant, and the time.
        limit: the greatest number of documents.
        after: the document that the result begins after.
        database: where the collection is.

    Raises:
        UnavailableError: Firestore does not answer.
    """
    field, time = than
    place = firestore.client(database).collection(collection)
    query = place.where(filter=FieldFilter(field, "<", time))
    query = query.order_by(field).order_by("__name__").limit(limit)
    if after is not None:
        position = {field: after.fields[field], "__name__": place.document(after.id)}
        query = query.start_after(position)
    return [_stored(document, database) for document in firestore.answer(query.get)]


def count(collection: str, equal: tuple[str, str]) -> int:
    """Return how many documents have a value in a field. One aggregation query.

    Raises:
        UnavailableError: Firestore does not answer.
    """
    place = firestore.client().collection(collection)
    query = place.where(filter=FieldFilter(equal[0], "==", equal[1])).count()
    answers: Any = firestore.answer(query.get)
    return int(answers[0][0].value)


def get(path: str) -> Stored | None:
    """Return the document at a path, or None. One read.

    Raises:
        UnavailableError: Firestore does not answer.
    """
    document = firestore.answer(firestore.client().document(path).get)
    return _stored(document) if document.exists else None


def delete(seen: Stored) -> Write:
    """Return the write that deletes a document, on condition that it is as it was seen."""
    client = firestore.client(seen.database)
    option = client.write_option(last_update_time=seen.seen_at)
    reference = client.document(seen.path)
    return Write(seen.database, lambda batch: batch.delete(reference, option=option))


def change(seen: Stored, fields: Mapping[str, Any]) -> Write:
    """Return the write that sets `fields` of a document, on condition that it is as it was seen."""
    client = firestore.client(seen.database)
    option = client.write_option(last_update_time=seen.seen_at)
    reference, changed = client.document(seen.path), dict(fields)
    return Write(seen.database, lambda batch: batch.update(reference, changed, option=option))


def _stored(document: Any, database: str = DEFAULT) -> Stored:
    return Stored(document.reference.path, document.to_dict(), document.update_time, database)
