"""Rules of Storage: people read their own exports until those expire, and nobody writes."""

import pytest

from tests.emulator.rules import emulators, matrix, storage_matrix


@pytest.fixture(scope="module")
def rules():
    emulators.load("storage.rules")
    storage_matrix.seed(emulators.storage_url())


@pytest.mark.parametrize("person", matrix.PEOPLE, ids=lambda person: person.role)
def test_the_table_holds(rules, person):
    assert list(storage_matrix.disagreements(emulators.storage_url(), person)) == []


def test_the_table_grants_something_and_refuses_most():
    """Else rules that refuse everything, or an emulator without rules, would pass."""
    grants = [storage_matrix.granted(person) for person in matrix.PEOPLE]

    assert [len(of_one) for of_one in grants] == [0, 2, 0, 2, 2]
    assert len(storage_matrix.files()) > 20
