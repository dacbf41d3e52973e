"""`tools.rotate_keys`: step by step, and never so that somebody's records are lost."""

import pytest

from app.platform.records import vault
from app.platform.records.vault import Owner, Record
from tools import rotate_keys

RECORD = Record("ann", "assessment_records/a1")


@pytest.fixture
def step(backend, capsys):
    """Run a step; return the exit code and what it printed."""

    def step(*arguments):
        capsys.readouterr()
        code = rotate_keys.main(arguments)
        printed = capsys.readouterr()
        return code, (printed.out + printed.err).strip()

    return step


def test_the_key_is_renewed_and_the_old_version_destroyed(step):
    sealed = vault.seal(RECORD, {"goalsText": "kept"}, by=Owner("ann")).fields
    assert step("status") == (0, "1: ENABLED, wraps 1 data keys primary")

    assert step("new") == (0, "2: wraps from now on")
    assert step("rewrap") == (0, "wrapped anew: 1 people")
    assert step("rewrap") == (0, "wrapped anew: 0 people")
    assert step("destroy", "1") == (0, "1: DESTROY_SCHEDULED")

    assert step("status")[1].splitlines() == [
        "1: DESTROY_SCHEDULED, wraps 0 data keys",
        "2: ENABLED, wraps 1 data keys primary",
    ]
    vault.keyring.forget()
    assert vault.open_now(RECORD, sealed, by=Owner("ann")) == {"goalsText": "kept"}


def test_a_version_that_still_wraps_something_is_not_destroyed(step, kms):
    vault.seal(RECORD, {"goalsText": "kept"}, by=Owner("ann"))
    step("new")

    assert step("destroy", "1") == (1, "Version 1 wraps 1 data keys. Run `rewrap` first.")
    assert "DestroyCryptoKeyVersion" not in kms.status()["calls"]


def test_the_version_that_wraps_is_not_destroyed(step, kms):
    assert step("destroy", "1") == (1, "Version 1 is the one that wraps.")
    assert "DestroyCryptoKeyVersion" not in kms.status()["calls"]
