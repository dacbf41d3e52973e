"""Everything that both databases hold, read without the backend's own code."""

from collections.abc import Iterator
from typing import Any

from google.cloud.firestore import Client

from tests.support.fixtures import DATABASES
from tests.support.tokens import PROJECT

type Export = dict[str, tuple[dict[str, Any], Any]]
"""Fields and update time of every document, by database and path."""


def export() -> Export:
    """Return all documents, those under documents too."""
    return {
        f"{database}/{document.reference.path}": (document.to_dict(), document.update_time)
        for database in DATABASES
        for document in _below(Client(project=PROJECT, database=database))
    }


def _below(parent: Any) -> Iterator[Any]:
    for collection in parent.collections():
        for document in collection.stream():
            yield document
            yield from _below(document.reference)
