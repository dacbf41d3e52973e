"""Everything that both databases hold, read without the backend's own code."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from google.cloud.firestore import Client

from tests.support.fixtures import DATABASES
from tests.support.tokens import PROJECT

THREADS = 16

type Export = dict[str, tuple[dict[str, Any], Any]]
"""Fields and update time of every document, by database and path."""


def export(databases: Iterable[str] = DATABASES) -> Export:
    """Return all documents, those under documents too."""
    with ThreadPoolExecutor(THREADS) as pool:
        return {
            f"{database}/{document.reference.path}": (document.to_dict(), document.update_time)
            for database in databases
            for document in _below(pool, [Client(project=PROJECT, database=database)])
        }


def _below(pool: ThreadPoolExecutor, parents: list[Any]) -> Iterator[Any]:
    """Yield what is under any of these; many are asked at once, since each takes a call."""
    found = [
        document
        for collections in pool.map(lambda parent: list(parent.collections()), parents)
        for collection in collections
        for document in collection.stream()
    ]
    if found:
        yield from found
        yield from _below(pool, [document.reference for document in found])
