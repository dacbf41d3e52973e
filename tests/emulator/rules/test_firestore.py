"""Rules of Firestore: people read their own progress and gifts, and nobody writes."""

import re
from pathlib import Path

import pytest

from tests.emulator.rules import emulators, matrix

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def rules():
    for file in emulators.DATABASES:
        emulators.load(file)
    matrix.seed(emulators.firestore_host())


CASES = [
    pytest.param(*row, id=f"{row[0].rpartition('/')[2]}-{row[2]}-{row[1].role}")
    for row in matrix.rows()
]


@pytest.mark.parametrize(("database", "person", "collection"), CASES)
def test_the_table_holds(rules, database, person, collection):
    assert (
        list(matrix.disagreements(emulators.firestore_host(), database, person, collection)) == []
    )


def test_the_table_names_every_collection_of_the_backend():
    sources = [path.read_text() for path in (ROOT / "functions/app").rglob("*.py")]
    used = {name for text in sources for name in re.findall(r'\bCollection\(\s*"(\w+)"', text)}

    assert used, "no collection was found: is `Collection` still how stores declare one?"
    assert used <= {*matrix.OWNER_READS, *matrix.BACKEND_ONLY}
