"""Runs every function that is deployed, and keeps what each answers."""

import contextlib
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from google.cloud.firestore import Client

from tests.support.backend import Backend
from tests.support.deployed import Deployed, Kind, deployed
from tests.support.errors import CallError
from tests.support.tokens import PROJECT

if TYPE_CHECKING:
    from flask import Response

OK = 200
MULTIPLE_CHOICES = 300
MAKERS = (
    *("consents_give", "consents_give", "assessments_submit", "plans_generate"),
    *(
        "donations_start_monthly",
        "donations_create_checkout",
        "retention_place_hold",
        "emergencies_open",
        "breaches_record",
    ),
    "connect_onboard",
    "subscriptions_start",
    "privacy_correct",
    "privacy_erase",
)
"""Callables that make what others read, in the order in which they build on each other."""


class Asker(Protocol):
    """Somebody who calls."""

    token: str

    def request(self, function: Deployed) -> dict[str, Any]:
        """Return a right request to a callable."""

    def keep(self, result: dict[str, Any]) -> None:
        """Take note of what a callable answered."""


class Answer(NamedTuple):
    """What a function answered."""

    function: str
    status: int
    body: bytes


@dataclass(frozen=True)
class Witness(Backend):
    """The backend, with everything it answered."""

    answers: list[Answer] = field(default_factory=list)
    succeeded: set[str] = field(default_factory=set)
    """The functions that did what they are for at least once."""
    delivered: set[tuple[str, str]] = field(default_factory=set)
    """The triggers that were run, and for which document."""

    def request(self, name: str, **options: Any) -> "Response":
        """Send any request, and keep the answer."""
        answer = super().request(name, **options)
        self.answers.append(Answer(name, answer.status_code, answer.data))
        if answer.status_code < MULTIPLE_CHOICES:
            self.succeeded.add(name)
        return answer

    def call_as(self, person: Asker, name: str) -> None:
        """Call a callable as a person, whether it is refused or not."""
        (function,) = (f for f in deployed(Kind.CALLABLE) if f.name == name)
        headers = {"Authorization": f"Bearer {person.token}"}
        answer = self.request(name, json={"data": person.request(function)}, headers=headers)
        if answer.status_code == OK:
            person.keep(answer.get_json()["result"])

    def make_as(
        self,
        person: Asker,
        look: Callable[[], object] = lambda: None,
        only: Collection[str] = MAKERS,
    ) -> None:
        """Call what makes something for others to read, and run triggers after each.

        Args:
            person: who calls.
            look: is called before triggers change what was made.
            only: of `MAKERS`, those that are called.
        """
        for name in (maker for maker in MAKERS if maker in only):
            self.call_as(person, name)
            look()
            self.run_triggers()

    def call_all_as(self, person: Asker, look: Callable[[], object] = lambda: None) -> None:
        """Call every callable, and run triggers whenever something may have been made."""
        self.make_as(person, look)
        for function in deployed(Kind.CALLABLE):
            if function.name not in MAKERS:
                self.call_as(person, function.name)

    def ask_all_about(self, uid: str, **user: Any) -> None:
        """Let every blocking function decide on a person, who signs up and in."""
        for function in deployed(Kind.BLOCKING):
            for event_type in ("beforeCreate", "beforeSignIn"):
                with contextlib.suppress(CallError):
                    self.ask(function.name, event_type, uid, user_record=user)

    def run_triggers(self, *, again: bool = False) -> None:
        """Run every trigger for every document that it was not run for, or for all `again`."""
        database = Client(project=PROJECT)
        for function in deployed(Kind.TRIGGER):
            for document in database.collection(function.collection).list_documents():
                told = function.name, document.id
                if again or told not in self.delivered:
                    self.delivered.add(told)
                    self._deliver(*told)

    def run_schedules(self) -> None:
        """Run every schedule once."""
        for function in deployed(Kind.SCHEDULE):
            self.request(function.name)

    def run_queued(self, *, retries: int = 0) -> None:
        """Run every queued task; with all `retries` behind it, what fails is a dead letter."""
        while waiting := self.queues.take():
            for task in waiting:
                with contextlib.suppress(CallError):
                    self.task(task.function, task.data, retries=retries)

    def _deliver(self, name: str, document_id: str) -> None:
        try:
            self.deliver(name, document_id)
        except Exception as error:  # noqa: BLE001  # whatever it is, the platform logs its text
            logging.getLogger("platform").error("%r", error)  # noqa: TRY400  # as above
        else:
            self.succeeded.add(name)

    def read_all(self) -> None:
        """Read everything that is public."""
        for function in deployed(Kind.PUBLIC_GET):
            self.request(function.name, method="GET", query_string=function.query)
