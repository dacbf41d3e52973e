"""The functions of `main`, called in this process the way clients and the platform call them."""

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import flask
from firebase_admin import auth
from flask import Response

import main
from tests.support.errors import CallError
from tests.support.queue import TaskQueues
from tests.support.tokens import blocking_token, id_token

_web = flask.Flask(__name__)


@dataclass(frozen=True)
class Backend:
    """Every way into the backend. Errors are raised as `CallError`."""

    queues: TaskQueues

    def call(self, name: str, data: Any, *, uid: str | None, **claims: Any) -> Any:
        """Call a callable as the web client does, and return its result."""
        headers = {}
        if uid is not None:
            _register(uid)
            headers["Authorization"] = f"Bearer {id_token(uid, **claims)}"
        return _body(self.request(name, json={"data": data}, headers=headers))["result"]

    def get(self, name: str, **query: Any) -> Any:
        """Read from a public HTTP function."""
        return _body(self.request(name, method="GET", query_string=query))

    def request(self, name: str, **options: Any) -> Response:
        """Send any request; `options` are those of `flask.Flask.test_request_context`."""
        options.setdefault("method", "POST")
        with _web.test_request_context(**options):
            answer: Response = getattr(main, name)(flask.request)
            answer.get_data()
            return answer

    def deliver(self, name: str, *ids: str, at: datetime | None = None) -> None:
        """Run a document trigger for the document with these ids in its path."""
        params = dict(enumerate(ids))
        event = SimpleNamespace(params=params, time=at or datetime.now(UTC))
        getattr(main, name).__wrapped__(event)

    def tick(self, name: str) -> None:
        """Run a schedule."""
        _body(self.request(name))

    def ask(self, name: str, event_type: str, uid: str, **event: Any) -> Any:
        """Ask a blocking function as Firebase Auth does, and return its answer."""
        jwt = blocking_token(event_type, uid, **event)
        return _body(self.request(name, json={"data": {"jwt": jwt}}))

    def task(self, name: str, data: Any, *, retries: int = 0) -> None:
        """Run one task."""
        headers = {"X-CloudTasks-TaskRetryCount": str(retries)}
        _body(self.request(name, json={"data": data}, headers=headers))

    def run_tasks(self) -> int:
        """Run what is queued, and what that queues, until nothing waits; return how many ran."""
        count = 0
        while waiting := self.queues.take():
            for task in waiting:
                self.task(task.function, task.data)
                count += 1
        return count


def _register(uid: str) -> None:
    """Make sure that Firebase Auth knows the person, as it does whoever holds a token."""
    with contextlib.suppress(auth.UidAlreadyExistsError):
        auth.create_user(uid=uid)


def _body(answer: Response) -> Any:
    body = answer.get_json(silent=True) or {}
    if error := body.get("error"):
        details = error.get("details")
        raise CallError(error["status"], error["message"], details, answer.status_code)
    return body
