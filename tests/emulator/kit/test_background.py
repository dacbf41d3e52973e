"""What runs without a caller: document triggers, schedules and task queues."""

from datetime import UTC, datetime, timedelta

import flask
import pytest

from app.kit.dead_letters import dead_letters
from app.kit.errors import UnavailableError
from app.kit.model import Message
from app.kit.tasks import enqueue, task_queue
from app.kit.triggers import GIVE_UP_AFTER, RetryLaterError, on_created, schedule

NOW = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
web = flask.Flask(__name__)
ran = []


class Work(Message):
    note_id: str


@on_created("notes/{noteId}")
def notes_on_created(note_id):
    """Fail, with the person's words in the error."""
    ran.append(note_id)
    raise ValueError("canary")


@schedule("every 5 minutes")
def notes_sweep():
    """Fail likewise."""
    ran.append("sweep")
    raise ValueError("canary")


@task_queue(max_attempts=3)
def notesTask(request: Work):  # noqa: N802  # queue ids take no underscore
    """Fail likewise."""
    ran.append(request.note_id)
    raise ValueError("canary")


class Event:
    """What a trigger is handed, as far as the kit looks at it."""

    params = {"noteId": "n1"}  # noqa: RUF012  # nobody changes it

    def __init__(self, time):
        self.time = time


@pytest.fixture(autouse=True)
def fresh(backend, set_clock):
    ran.clear()
    set_clock(NOW)


def post(function, *, method="POST", **options):
    with web.test_request_context(method=method, **options):
        return function(flask.request)


def kept(admin):
    return [letter.to_dict() for letter in admin.collection("dead_letters").stream()]


def test_a_failed_delivery_is_asked_for_again_without_a_word_of_why(admin, capsys):
    with pytest.raises(RetryLaterError) as failure:
        notes_on_created.__wrapped__(Event(NOW - GIVE_UP_AFTER + timedelta(seconds=1)))

    assert (str(failure.value), failure.value.__cause__) == ("", None)
    assert failure.value.__suppress_context__
    output = capsys.readouterr()
    assert "notes_on_created failed" in output.err
    assert "canary" not in output.out + output.err
    assert kept(admin) == []


def test_after_an_hour_a_delivery_is_kept_for_staff(admin):
    notes_on_created.__wrapped__(Event(NOW - GIVE_UP_AFTER))
    notes_on_created.__wrapped__(Event(NOW - GIVE_UP_AFTER))

    assert kept(admin) == [
        {
            "function": "notes_on_created",
            "payload": {"noteId": "n1"},
            "errorType": "ValueError",
            "failedAt": NOW,
        }
    ]


def test_triggers_are_deployed_with_retry():
    assert notes_on_created.__firebase_endpoint__.eventTrigger["retry"] is True


def test_a_failed_schedule_says_nothing_of_why(capsys):
    answer = post(notes_sweep)

    assert answer.status_code == 500
    output = capsys.readouterr()
    assert "canary" not in answer.get_data(as_text=True) + output.out + output.err


@pytest.mark.parametrize("function", [notes_sweep, notesTask])
def test_a_look_at_its_health_runs_nothing(function):
    assert post(function, method="GET").status_code == 405
    assert ran == []


@pytest.mark.parametrize(
    ("retries", "status", "letters"),
    [
        pytest.param("0", 500, 0, id="the first try"),
        pytest.param("1", 500, 0, id="the last but one"),
        pytest.param("2", 200, 1, id="the last"),
        pytest.param("x", 500, 0, id="a header that is no number"),
    ],
)
def test_a_task_is_tried_again_until_it_is_kept_for_staff(admin, retries, status, letters):
    headers = {"X-CloudTasks-TaskRetryCount": retries}
    answer = post(notesTask, json={"data": {"noteId": "n1"}}, headers=headers)

    assert answer.status_code == status
    assert ran == ["n1"]
    assert [letter["payload"] for letter in kept(admin)] == [{"noteId": "n1"}] * letters


def test_work_of_one_name_is_queued_once(queues):
    for _ in range(3):
        enqueue("notesTask", Work(note_id="n1"), name="notes-n1")
    enqueue("notesTask", Work(note_id="n1"))
    enqueue("notesTask", Work(note_id="n1"))

    assert [task.data for task in queues.accepted] == [{"noteId": "n1"}] * 3


def test_a_queue_that_is_down_is_told(queues):
    queues.down = True

    with pytest.raises(UnavailableError):
        enqueue("notesTask", Work(note_id="n1"), name="notes-n1")


def test_a_dead_letter_of_the_same_work_is_one(admin):
    for _ in range(2):
        post(
            notesTask,
            json={"data": {"noteId": "n1"}},
            headers={"X-CloudTasks-TaskRetryCount": "2"},
        )

    assert len(dead_letters.find(limit=10)) == 1
