"""Everything that both databases hold, read without the backend's own code."""

from collections.abc import Iterable
from typing import Any

from google.cloud.firestore import Client

from tests.support.fixtures import DATABASES
from tests.support.tokens import PROJECT

type Export = dict[str, tuple[dict[str, Any], Any]]
"""Fields and update time of every document, by database and path."""


def export(databases: Iterable[str] = DATABASES) -> Export:
    """Return all documents, those under documents too."""
    return {
        f"{database}/{document.reference.path}": (document.to_dict(), document.update_time)
        for database in databases
        for collection in Client(project=PROJECT, database=database).collections()
        for document in collection.recursive().stream()
    }
