"""The register of everything that is kept, against the code that keeps it."""

import os

import pytest

from app.kit.roles import STAFF, Role
from app.platform.records.models import LAST_ACTIVITY, Category, Erasure, RecordType
from app.platform.records.register import TYPES
from tools.docs import collections

ROWS = list(TYPES.values())


@pytest.fixture(scope="module")
def kept() -> dict[str, type]:
    """Every collection of the code, and what its documents are."""
    os.environ.setdefault("FUNCTIONS_EMULATOR", "true")
    return {collection.name: collection._type for collection, _ in collections()}  # noqa: SLF001


def by_name(row: RecordType) -> str:
    return row.collection


def test_every_collection_has_a_row_and_every_row_a_collection(kept: dict[str, type]) -> None:
    assert TYPES.keys() == kept.keys()


@pytest.mark.parametrize("row", ROWS, ids=by_name)
def test_a_row_names_fields_that_there_are(row: RecordType, kept: dict[str, type]) -> None:
    fields = {field.alias for field in kept[row.collection].model_fields.values()}  # type: ignore[attr-defined]

    assert row.owner_field in {None, "", *fields}
    assert row.retention is None or row.retention.since in {LAST_ACTIVITY, *fields}
    assert row.hidden <= fields
    assert set(row.answers) <= (row.access.fields if row.access else frozenset())
    assert ("sealed" in fields) == (row.access is not None)


@pytest.mark.parametrize("row", ROWS, ids=by_name)
def test_nobody_opens_what_is_not_sealed(row: RecordType) -> None:
    access = row.access
    if access is None:
        return
    granted = (*access.system_opens.values(), *access.staff_opens.values())

    assert access.fields
    for fields in (*granted, access.shared, access.emergency):
        assert fields <= access.fields


@pytest.mark.parametrize("row", ROWS, ids=by_name)
def test_only_staff_that_may_open_anything_do(row: RecordType) -> None:
    roles = {role for role, _ in row.access.staff_opens} if row.access else set()

    assert roles <= STAFF - {Role.SUPPORT}


@pytest.mark.parametrize("row", ROWS, ids=by_name)
def test_what_outlives_the_person_says_why(row: RecordType) -> None:
    assert row.holds
    assert row.category in Category
    assert (row.erasure is Erasure.KEEP) == bool(row.duty)
