"""A few hundred of the random cases, with real sealed values and the audit log that is kept."""

import pytest

from app.kit.errors import NotFoundError
from app.platform.records.models import Owner, Recipient
from app.platform.records.register import TYPES
from tests.unit.platform.records.cases import invented_types, random_cases

CASES = 400


def test_each_lawful_case_opens_and_is_audited_and_no_other_does(admin, set_clock, monkeypatch):
    from app.platform.records import vault

    for name, kind in invented_types().items():
        monkeypatch.setitem(TYPES, name, kind)
    wrong, lawful = [], 0
    for case in random_cases(4, CASES):
        set_clock(case.at)
        owner = Owner(case.record.uid)
        field = case.row.field
        # What only the system writes is sealed as it would be by anybody who may.
        value, _ = vault.seal(case.record, {field: case.record.path}, by=owner)
        try:
            opened = vault.open_now(case.record, value, by=case.by) == {field: case.record.path}
        except NotFoundError:
            opened = False
        lawful += case.lawful
        if opened != case.lawful:
            wrong.append(case)

    assert wrong == []
    assert lawful > CASES / 10
    kept = {entry["touched"][0]["path"]: entry for entry in entries(admin)}
    for case in random_cases(4, CASES):
        if not isinstance(case.by, Recipient):
            continue
        entry = kept[case.record.path]
        assert entry["outcome"] == ("allowed" if case.lawful else "refused")
        assert entry["grantId"] == case.by.grant.id
        assert entry["notice"] is (case.lawful and case.consented)


def entries(admin):
    return [entry.to_dict() for entry in admin.collection("audit_entries").stream()]


@pytest.mark.parametrize("seed", [1, 2])
def test_cases_are_the_same_each_time(seed):
    assert list(random_cases(seed, 50)) == list(random_cases(seed, 50))
