"""When people last did anything, against whoever acts on their being idle."""

from datetime import UTC, datetime, timedelta

import pytest

START = datetime(2027, 1, 15, tzinfo=UTC)


@pytest.fixture
def rival(admin, monkeypatch):
    """Let Ann do something between the last look at her activity and the next commit."""
    from app.kit import firestore
    from app.platform.activity import store

    read, commit = firestore.read, firestore.commit

    def looked(*keys):
        found = read(*keys)
        monkeypatch.setattr(firestore, "read", read)
        commit(store.seen("ann", START + timedelta(days=1)))
        return found

    return lambda: monkeypatch.setattr(firestore, "read", looked)


@pytest.mark.parametrize("end", ["change", "forget"])
def test_nothing_is_done_to_who_is_active_at_that_moment(rival, end):
    from app.kit import firestore
    from app.platform.activity import store

    firestore.commit(store.seen("ann", START))
    (seen,) = firestore.read(store.activity.key("ann"))
    rival()

    if end == "change":
        warned = seen.value.model_copy(update={"warned_at": START})
        assert store.change(seen, warned, store.seen("bob", START)) is None
    else:
        assert not store.forget(seen)

    now = store.activity.get("ann")
    assert (now.at, now.warned_at) == (START + timedelta(days=1), None)
    assert store.activity.get("bob") is None


@pytest.mark.usefixtures("admin")
def test_who_is_idle_is_found_longest_first():
    from app.kit import firestore
    from app.platform.activity import store

    for day, uid in enumerate(("bob", "ann", "zoe")):
        firestore.commit(store.seen(uid, START + timedelta(days=day)))

    found = store.idle(START + timedelta(days=2), after=None, limit=5)

    assert [seen.id for seen in found] == ["bob", "ann"]
