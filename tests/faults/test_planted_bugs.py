"""Bugs that payments are known to have had elsewhere, planted here: each breaks an invariant.

Every story is told twice: as the backend is, which keeps the invariant, and with the bug.
"""

import dataclasses
from datetime import UTC, datetime

import pytest

from app.kit.errors import UnavailableError
from app.kit.firestore import OutcomeUnknownError
from app.platform.payments import following
from app.platform.payments.gateway import looks
from app.platform.payments.models.documents import PLATFORM
from app.platform.payments.models.events import EventState
from app.platform.payments.policy import events as policy
from app.platform.payments.store import events, reconciliations, truth
from tests.support.books import Books
from tests.support.fixtures import renew
from tests.support.giving import Giving
from tests.support.stories import Story, run_with_retries


class Heard(Story):
    """A story, and what was delivered of it.

    Attributes:
        created: when Stripe says that each event was made, by the event's id here.
        payloads: what was true when an event was made.
        acknowledged: the ids of events that were answered 2xx.
    """

    def begin(self):
        super().begin()
        self.created, self.payloads, self.acknowledged = {}, {}, set()
        reconciliations.reach("events", datetime.now(UTC))

    def last(self, kind, intent_id):
        """Return the newest event of a kind, and note what its payload says."""
        event = self.giving.events(kind)[-1]
        self.payloads[f"platform_{event['id']}"] = looks.payment(intent_id)
        return event

    def tell(self, event):
        """Deliver an event until it is taken, and run its task."""
        event_id = f"platform_{event['id']}"
        self.created[event_id] = event["created"]
        for _ in range(5):
            if self.giving.deliver(event).status_code == 200:
                self.acknowledged.add(event_id)
                break
        for task in self.giving.backend.queues.take():
            run_with_retries(self.giving, task.data["eventId"])

    def gift(self):
        """Give, and tell of it."""
        intent_id = self.give()
        self.tell(self.last("charge.updated", intent_id))
        return intent_id

    def refunded(self, intent_id):
        """Refund a little and return the event."""
        self.giving.refund(intent_id, 100)
        return self.last("charge.refunded", intent_id)


@pytest.fixture
def caught(backend, stripe, admin, stand_ins, queues, set_clock, monkeypatch):  # noqa: PLR0913, PLR0917  # all new
    """Tell a story without and with a bug, which must break the invariant."""
    giving = Giving(backend, stripe)
    story = Heard(giving, Books(giving, admin), set_clock)

    def acknowledged():
        kept = story.books.stored("payment_events").keys()
        assert story.acknowledged <= kept, "I5: what was taken is not stored"

    def caught(bug, tell, invariant):
        check = acknowledged if invariant == "I5" else story.books.check_payments
        story.begin()
        tell(story, monkeypatch)
        check()

        renew(stand_ins, queues)
        story.begin()
        with monkeypatch.context() as patch:
            bug(patch, story)
            tell(story, monkeypatch)
        with pytest.raises(AssertionError, match=f"^{invariant}"):
            check()

    return caught


def two_refunds_in_one_second(story, _patch):
    intent_id = story.gift()
    first = story.refunded(intent_id)
    story.tell(first)
    story.tell(story.refunded(intent_id) | {"created": first["created"]})


def test_a_guard_on_created_is_caught(caught):
    def bug(patch, story):
        newest, real = {}, events.required_event

        def guarded(event_id):
            event, created = real(event_id), story.created[event_id]
            if created <= newest.get(event.root_id, 0):
                return policy.handled(event, EventState.IGNORED, event.received_at)
            newest[event.root_id] = created
            return event

        patch.setattr(events, "required_event", guarded)

    caught(bug, two_refunds_in_one_second, "I4")


def test_dedupe_by_object_and_type_is_caught(caught):
    def bug(patch, _story):
        def by_object(event):
            return f"{PLATFORM}_{event.data.object.id}_{event.type.replace('.', '-')}"

        patch.setattr(policy, "event_id", by_object)

    caught(bug, two_refunds_in_one_second, "I4")


def the_older_event_comes_last(story, _patch):
    intent_id = story.gift()
    first, second = story.refunded(intent_id), story.refunded(intent_id)
    story.tell(second)
    story.tell(first)


def test_trusting_the_payload_is_caught(caught):
    def bug(patch, story):
        current, real = [], events.required_event

        def note(event_id):
            current.append(event_id)
            return real(event_id)

        patch.setattr(events, "required_event", note)
        real_look = following.look

        def look(root_id, account, at):
            with pytest.MonkeyPatch.context() as inner:
                inner.setattr(looks, "payment", lambda _: story.payloads[current[-1]])
                return real_look(root_id, account, at)

        patch.setattr(following, "look", look)

    caught(bug, the_older_event_comes_last, "I4")


def two_workers_at_once(story, patch):
    """Let a second worker do all its work just before a first one takes the lease."""
    intent_id = story.gift()
    first = story.refunded(intent_id)
    real = truth.read

    def interrupted(*keys):
        patch.setattr(truth, "read", real)
        story.tell(story.refunded(intent_id))
        return real(*keys)

    patch.setattr(truth, "read", interrupted)
    story.tell(first)


def test_fetching_outside_the_lock_is_caught(caught):
    def bug(patch, _story):
        take, look, early = truth.take_lease, following.look, {}

        def look_then_take(root_id, at, until):
            found = look(root_id, PLATFORM, at)
            owner = take(root_id, at, until)
            early[root_id] = found
            return owner

        patch.setattr(truth, "take_lease", look_then_take)
        patch.setattr(following, "look", lambda root_id, *_: early.pop(root_id))

    caught(bug, two_workers_at_once, "I4")


def one_gift_told_three_times(story, _patch):
    intent_id = story.give()
    event = story.last("charge.updated", intent_id)
    for number in range(3):
        story.tell(event | {"id": f"{event['id']}{number}"})


def test_additive_effects_are_caught(caught):
    def bug(patch, _story):
        look = following.look

        def add(root_id, account, at):
            finding, before = look(root_id, account, at), truth.payments.get(root_id)
            cents = finding.mirror.captured_cents + (before.captured_cents if before else 0)
            mirror = finding.mirror.model_copy(update={"captured_cents": cents})
            return dataclasses.replace(finding, mirror=mirror)

        patch.setattr(following, "look", add)

    caught(bug, one_gift_told_three_times, "I4")


def the_database_does_not_answer_once(story, patch):
    story.gift()
    intent_id = story.give()
    event = story.last("charge.updated", intent_id)
    real = events.commit

    def lose(*_writes):
        patch.setattr(events, "commit", real)
        raise OutcomeUnknownError

    patch.setattr(events, "commit", lose)
    story.tell(event)


def test_200_on_failure_is_caught(caught):
    def bug(patch, _story):
        real = events.record

        def record(event_id, event):
            try:
                return real(event_id, event)
            except UnavailableError:
                return policy.handled(event, EventState.HANDLED, event.received_at)

        patch.setattr(events, "record", record)

    caught(bug, the_database_does_not_answer_once, "I5")


def a_look_that_fails_once(story, patch):
    intent_id = story.gift()
    real = looks.payment

    def fail(_intent_id):
        patch.setattr(looks, "payment", real)
        raise ValueError("broken")

    event = story.refunded(intent_id)
    patch.setattr(looks, "payment", fail)
    story.tell(event)
    story.later(minutes=2)
    story.giving.backend.tick("payments_sweep_events")
    story.giving.backend.run_tasks()


def test_a_worker_that_calls_a_failure_done_is_caught(caught):
    def bug(patch, _story):
        def done(event, problem, at):  # as the real one
            return policy.handled(event, EventState.HANDLED, at)

        patch.setattr(policy, "failed", done)

    caught(bug, a_look_that_fails_once, "I4")


def an_expired_lease(story, patch):
    """Let a worker stall in its look until its lease is over and another one has written."""
    intent_id = story.gift()
    first = story.refunded(intent_id)
    real = looks.payment

    def stall(root_id):
        stale = real(root_id)
        patch.setattr(looks, "payment", real)
        second = story.refunded(intent_id)
        story.later(seconds=policy.LEASE.total_seconds() + 1)
        story.tell(second)
        return stale

    patch.setattr(looks, "payment", stall)
    story.tell(first)


def test_writing_after_the_lease_is_lost_is_caught(caught):
    def bug(patch, _story):
        real = truth.settle

        def settle(turn, finding, change):
            (seen,) = truth.read(truth.leases.key(turn.root_id))
            real(dataclasses.replace(turn, owner=seen.value.owner), finding, change)

        patch.setattr(truth, "settle", settle)

    caught(bug, an_expired_lease, "I4")
