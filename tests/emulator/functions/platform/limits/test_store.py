"""Limits that all instances share, by a subject that no document names."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from app.kit.limits import Limit, LimitExceededError
from app.platform.limits import store
from tests.support.export import export

NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)
THREE = Limit(3, 60)
ADDRESS = "203.0.113.7"


@pytest.fixture(autouse=True)
def noon(admin, set_clock):
    """Databases and stand-ins as new; the clock stands."""
    set_clock(NOON)


def admitted(times, *subjects, function="test"):
    """Return how many of `times` uses are admitted."""
    count = 0
    for _ in range(times):
        try:
            store.count(function, dict.fromkeys(subjects, THREE))
        except LimitExceededError:
            continue
        count += 1
    return count


def test_a_subject_is_counted_for_all_instances_together():
    first = admitted(2, ADDRESS)
    store.forget()  # as another instance, which has read nothing yet

    assert (first, admitted(5, ADDRESS)) == (2, 1)


def test_subjects_and_functions_are_counted_apart():
    admitted(3, ADDRESS)

    assert admitted(1, "203.0.113.8") == 1
    assert admitted(1, ADDRESS, function="another") == 1


def test_several_subjects_are_counted_together_or_not_at_all():
    admitted(3, ADDRESS)

    assert admitted(2, "ann@example.org", ADDRESS) == 0
    assert admitted(5, "ann@example.org") == 3


def test_the_hint_says_when_the_next_one_is_admitted(set_clock):
    admitted(3, ADDRESS)
    with pytest.raises(LimitExceededError) as refused:
        store.count("test", {ADDRESS: THREE})
    wait = timedelta(seconds=refused.value.details["retryAfterSeconds"])

    set_clock(NOON + wait - timedelta(seconds=1))
    assert admitted(1, ADDRESS) == 0
    set_clock(NOON + wait)
    assert admitted(1, ADDRESS) == 1


def test_uses_at_once_are_not_counted_as_one():
    outcomes = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(admitted(1, ADDRESS))) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(outcomes) == 3


def test_instances_that_start_the_day_at_once_agree_on_its_salt(monkeypatch):
    keys, meet = set(), threading.Barrier(3)
    read = store.firestore.read

    def together(*places):
        seen = read(*places)
        if places[0].collection is store.limit_salts and not meet.broken:
            with_all(meet)
        return seen

    monkeypatch.setattr(store.firestore, "read", together)
    threads = [
        threading.Thread(target=lambda: keys.add(store.subject_key("test", ADDRESS).id))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.forget()

    assert keys == {store.subject_key("test", ADDRESS).id}


def with_all(meet):
    try:
        meet.wait(2)
    except threading.BrokenBarrierError:
        return
    meet.abort()  # only the first reads meet; what follows a conflict does not wait


def test_no_document_tells_a_subject_and_each_day_tells_it_differently(set_clock):
    store.count("test", {ADDRESS: THREE})
    today = store.subject_key("test", ADDRESS).id
    set_clock(NOON + timedelta(days=1))
    tomorrow = store.subject_key("test", ADDRESS).id
    stored = export()

    assert ADDRESS not in repr(stored)
    assert today != tomorrow
    salts = store.limit_salts.get("2027-01-15"), store.limit_salts.get("2027-01-16")
    assert salts[0].salt != salts[1].salt
    assert salts[0].expires_at == datetime(2027, 1, 18, tzinfo=UTC)
