"""Compare-and-set and commits against the Firestore emulator."""

import threading
from datetime import timedelta

import pytest

from app.kit import clock, firestore, retention
from app.kit.errors import AbortedError, NotFoundError, UnavailableError
from app.kit.firestore import Collection, ConflictError, OutcomeUnknownError, commit, retrying
from app.kit.model import Document, Instant, Revised


class Counter(Revised):
    total: int = 0


class Note(Document):
    text: str = ""
    rank: int = 0


class Dated(Document):
    """Something whose time is apart from its place."""

    rank: int
    at: Instant
    ranked_at: Instant


counters = Collection("test_counters", Counter)
dated = Collection("test_dated", Dated)
notes = Collection("test_notes", Note)
key_notes = Collection("test_notes", Note, database=firestore.KEYS)


def increased(counter: Counter) -> Counter:
    return counter.model_copy(update={"total": counter.total + 1})


def test_every_one_of_contending_writers_is_served(admin):
    firestore.commit(counters.create("c", Counter()))
    threads = [
        threading.Thread(target=lambda: [counters.update("c", increased) for _ in range(4)])
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    stored = counters.get("c")
    assert (stored.total, stored.revision) == (20, 20)


def test_a_change_of_nothing_writes_nothing(admin):
    firestore.commit(counters.create("c", Counter(total=1)))
    (before,) = firestore.read(counters.key("c"))

    assert counters.update("c", lambda counter: counter) == before.value
    assert firestore.read(counters.key("c")) == (before,)


def test_there_is_nothing_to_update(admin):
    with pytest.raises(NotFoundError):
        counters.update("c", increased)


def test_documents_are_found_page_by_page_in_the_order_of_their_ids(admin):
    firestore.commit(*(notes.create(name, Note(text="mine")) for name in "edcba"))
    firestore.commit(notes.create("bb", Note(text="another's")))

    first = notes.find(equal={"text": "mine"}, limit=2)
    second = notes.find(equal={"text": "mine"}, after_id=first[-1].id, limit=9)

    assert [seen.id for seen in (*first, *second)] == ["a", "b", "c", "d", "e"]


def test_a_document_is_deleted_as_it_was_seen_or_not_at_all(admin):
    firestore.commit(notes.create("n", Note(text="first")))
    (seen,) = firestore.read(notes.key("n"))
    firestore.commit(notes.put("n", Note(text="second")))

    with pytest.raises(ConflictError):
        firestore.commit(notes.delete(seen))
    assert notes.get("n") == Note(text="second")

    firestore.commit(notes.delete(*firestore.read(notes.key("n"))))
    assert notes.get("n") is None


def test_a_commit_is_all_or_nothing(admin):
    firestore.commit(notes.create("a", Note(text="first")))

    with pytest.raises(ConflictError):
        firestore.commit(notes.create("b", Note()), notes.create("a", Note(text="second")))

    assert notes.get("a") == Note(text="first")
    assert notes.get("b") is None


def test_replacing_asks_that_nothing_changed(admin):
    (absent,) = firestore.read(notes.key("a"))
    firestore.commit(notes.replace(absent, Note(text="made")))
    with pytest.raises(ConflictError):
        firestore.commit(notes.replace(absent, Note(text="made twice")))

    (seen,) = firestore.read(notes.key("a"))
    firestore.commit(notes.put("a", Note(text="changed")))
    with pytest.raises(ConflictError):
        firestore.commit(notes.replace(seen, Note(text="from an old view")))

    assert notes.get("a") == Note(text="changed")


def test_a_batched_read_keeps_the_order_asked_for(admin):
    firestore.commit(notes.create("b", Note(text="b")), notes.create("a", Note(text="a")))

    seen = firestore.read(notes.key("a"), notes.key("none"), notes.key("b"), notes.key("a"))

    assert [snapshot.value and snapshot.value.text for snapshot in seen] == ["a", None, "b", "a"]


def test_pages_follow_each_other_without_gap_or_repetition(admin):
    ranked = [Note(text=str(number), rank=number // 3) for number in range(10)]
    firestore.commit(*(notes.create(f"n{note.text}", note) for note in ranked))

    read, after = [], None
    while page := notes.find(order_by="rank", descending=True, after=after, limit=4):
        read += [snapshot.id for snapshot in page]
        after = (page[-1].value.rank, page[-1].id)

    assert read == [f"n{number}" for number in reversed(range(10))]


def test_the_databases_are_apart(admin):
    firestore.commit(key_notes.create("a", Note(text="key")))

    assert notes.get("a") is None
    assert key_notes.get("a") == Note(text="key")


@pytest.mark.parametrize(
    ("fault", "told"),
    [(ConflictError, AbortedError), (OutcomeUnknownError, UnavailableError)],
    ids=["other writers", "lost answers"],
)
def test_what_never_succeeds_ends_in_the_word_for_its_cause(fault, told):
    def attempt():
        raise fault

    with pytest.raises(told):
        retrying(attempt)


def test_what_is_past_its_time_makes_no_page_short(admin, monkeypatch):
    at = clock.now()
    lifetime = retention.Lifetime("at", timedelta(days=1))
    monkeypatch.setitem(retention._declared, "test_dated", lifetime)  # noqa: SLF001  # for this test
    for rank in range(7):
        old = timedelta(days=2 if rank in {1, 2, 4} else 0)
        commit(
            dated.create(
                f"d{rank}", Dated(rank=rank, at=at - old, ranked_at=at + timedelta(seconds=rank))
            )
        )

    ranks = [seen.value.rank for seen in dated.find(order_by="rank", limit=3)]
    first, cursor = dated.newest(of={}, by="rankedAt", limit=2, cursor=None)

    assert ranks == [0, 3, 5]
    assert [seen.value.rank for seen in dated.find(limit=4)] == [0, 3, 5, 6]
    assert [seen.value.rank for seen in dated.find(limit=9)] == [0, 3, 5, 6]
    assert [one.rank for _, one in first] == [6, 5]
    rest, end = dated.newest(of={}, by="rankedAt", limit=2, cursor=cursor)
    assert ([one.rank for _, one in rest], end) == ([3, 0], None)
