"""Calls that are carried out once under their idempotency key."""

import threading
from uuid import uuid4

import pytest

from app.kit.errors import FailedPreconditionError, InvalidArgumentError
from app.kit.firestore import Collection
from app.kit.model import Document, IdempotencyKey, Message
from app.platform.operations.idempotency import Operation, once
from app.platform.records import vault
from tests.support.patience import SOON_SECONDS


class Ask(Message):
    idempotency_key: IdempotencyKey
    text: str = "canary"


class Told(Message):
    number: int


class Note(Document):
    number: int


notes = Collection("test_notes", Note)


@pytest.fixture(autouse=True)
def empty(admin):
    """Databases and stand-ins as new."""


def carry_out(request, uid="ann", number=1):
    def decide(seen):
        (note,) = seen
        following = number if note.value is None else note.value.number + 1
        return Told(number=following), [notes.replace(note, Note(number=following))]

    operation = Operation.of(uid, "test", request)
    return once(operation, Told, reads=[notes.key("n")], decide=decide)


def ask(**changed):
    return Ask(idempotency_key=str(uuid4()), **changed)


def test_the_same_call_again_is_answered_alike_and_stores_nothing(admin):
    request = ask()

    assert carry_out(request, number=5) == carry_out(request, number=9) == Told(number=5)
    assert notes.get("n") == Note(number=5)
    assert len(list(admin.collection("operations").stream())) == 1


def test_another_body_under_the_same_key_is_refused_by_name():
    request = ask()
    carry_out(request)

    with pytest.raises(InvalidArgumentError) as refusal:
        carry_out(request.model_copy(update={"text": "other"}))

    assert refusal.value.details[0]["field"] == "idempotencyKey"
    assert notes.get("n") == Note(number=1)


def test_the_same_key_of_another_person_is_another_call():
    request = ask()

    assert [carry_out(request, uid=uid).number for uid in ("ann", "bob")] == [1, 2]


def test_the_same_call_many_times_at_once_is_carried_out_once(admin):
    request, answers = ask(), []
    threads = [
        threading.Thread(target=lambda: answers.append(carry_out(request))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [Told(number=1)] * 6
    assert notes.get("n") == Note(number=1)


def test_the_same_call_at_once_is_carried_out_once_though_it_reads_nothing(admin):
    request, meet, answers = ask(), threading.Barrier(4), []
    vault.mac("ann", "warm", b"")  # with the key at hand all four get to their commits together

    def work():
        def decide(seen):
            meet.wait(SOON_SECONDS)
            number = len(answers)
            return Told(number=number), [notes.create(str(uuid4()), Note(number=number))]

        operation = Operation.of("ann", "test", request)
        answers.append(once(operation, Told, decide=decide))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 4
    assert len(set(answers)) == 1
    assert len(notes.find(limit=10)) == 1


def test_different_calls_at_once_each_see_the_other():
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(carry_out(ask()).number)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [1, 2, 3, 4]


def test_a_refusal_stores_nothing_and_may_be_asked_again(admin):
    request = ask()

    def refuse(seen):
        raise FailedPreconditionError("Not now.")

    with pytest.raises(FailedPreconditionError):
        once(Operation.of("ann", "test", request), Told, decide=refuse)

    assert list(admin.collections()) == []
    assert carry_out(request) == Told(number=1)


def test_neither_body_nor_answer_can_be_read_from_what_is_stored(admin):
    request = ask()
    carry_out(request, number=123456789)

    (stored,) = admin.collection("operations").stream()
    raw = repr(stored.to_dict()) + stored.id
    assert "canary" not in raw
    assert "123456789" not in raw
    assert request.idempotency_key not in raw
