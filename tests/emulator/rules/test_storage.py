"""Rules of Storage: nobody reads or writes a file."""

import pytest

from tests.emulator.rules import emulators, matrix, storage_matrix


@pytest.fixture(scope="module")
def rules():
    emulators.load("storage.rules")
    storage_matrix.seed(emulators.storage_url())


@pytest.mark.parametrize("person", matrix.PEOPLE, ids=lambda person: person.role)
def test_everything_is_refused(rules, person):
    assert list(storage_matrix.disagreements(emulators.storage_url(), person)) == []


def test_what_rules_grant_is_granted(rules):
    """Else a refusal would prove nothing: the rules would not be what refuses."""
    emulators.load(
        "storage.rules",
        """
        rules_version = '2';
        service firebase.storage {
          match /b/{bucket}/o {
            match /people/{uid}/{file} {
              allow get: if request.auth.uid == uid;
            }
          }
        }
        """,
    )
    try:
        owner = list(storage_matrix.disagreements(emulators.storage_url(), matrix.OWNER))
        staff = list(storage_matrix.disagreements(emulators.storage_url(), matrix.STAFF))
    finally:
        emulators.load("storage.rules")

    assert owner == [
        "owner: read what is known of people/alice/own.txt was answered with 200, not refused",
        "owner: read people/alice/own.txt was answered with 200, not refused",
    ]
    assert staff == [entry.replace("owner:", "staff:").replace("alice", "sam") for entry in owner]
