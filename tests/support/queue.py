"""A local Cloud Tasks: takes what the backend queues, and runs it when the test says."""

import base64
import json
import threading
from dataclasses import dataclass
from typing import Any, Self

from sandbox.http import Request, Response, Route, Server, json_response

TASKS = "/projects/{project}/locations/{location}/queues/{queue}/tasks"


@dataclass(frozen=True)
class Task:
    """One queued call."""

    function: str
    data: Any


class TaskQueues:
    """The queues of the project. It speaks the emulator's protocol to the real client."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: set[str] = set()
        self._waiting: list[Task] = []
        self.accepted: list[Task] = []
        self.down = False
        self.refused = 0
        """How often something was to be queued while they were down."""
        self._server = Server([Route("POST", TASKS, self._take)])

    def start(self) -> Self:
        """Serve in the background."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Let go of the port."""
        self._server.stop()

    def reset(self) -> None:
        """Forget everything queued so far."""
        with self._lock:
            self._names.clear()
            self._waiting.clear()
            self.accepted.clear()
            self.down, self.refused = False, 0

    @property
    def address(self) -> str:
        """Host and port, as `CLOUD_TASKS_EMULATOR_HOST` has them."""
        return self._server.url.removeprefix("http://")

    def take(self) -> list[Task]:
        """Return what waits, and no longer keep it."""
        with self._lock:
            taken, self._waiting = self._waiting, []
            return taken

    def _take(self, request: Request) -> Response:
        task = json.loads(request.body)["task"]
        name = task.get("name") or f"task-{len(self.accepted)}"
        with self._lock:
            if self.down:
                self.refused += 1
                return json_response({"error": {"status": "UNAVAILABLE", "code": 503}}, 503)
            if name in self._names:
                return json_response({"error": {"status": "ALREADY_EXISTS", "code": 409}}, 409)
            self._names.add(name)
            body = json.loads(base64.b64decode(task["httpRequest"]["body"]))
            accepted = Task(request.parameters["queue"], body["data"])
            self._waiting.append(accepted)
            self.accepted.append(accepted)
        path = request.path.removeprefix("/")
        return json_response({"task": {"name": f"/{path}/{name.rsplit('/', 1)[-1]}"}})
