"""Processes that a test lets make one call at a time, kills, or keeps answers from."""

import contextlib
import threading
from collections.abc import Callable

from google.api_core.exceptions import ServiceUnavailable

from app.kit.triggers import RetryLaterError
from tests.support.errors import CallError

_here = threading.local()


class Killed(BaseException):
    """The process is gone: no handler of the code under test may notice."""


class Process:
    """Some work that is stopped before each of its calls to Firestore."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._killed = self._lose = False
        self.ended = False
        self.calls = 0
        threading.Thread(target=self._run, args=(work,), daemon=True).start()
        self._stopped.acquire()

    def step(self, *, lose: bool = False) -> None:
        """Let it make its next call; on request it never learns the answer."""
        self._lose = lose
        self._go.release()
        self._stopped.acquire()

    def kill(self) -> None:
        """End it before its next call."""
        self._killed = True
        self.step()

    def finish(self) -> None:
        """Let it go on to its end."""
        while not self.ended:
            self.step()

    def advance(self, calls: int) -> None:
        """Let it make `calls` calls, or all it has to make."""
        for _ in range(calls):
            if not self.ended:
                self.step()

    def _run(self, work: Callable[[], object]) -> None:
        _here.process = self
        try:
            with contextlib.suppress(Killed, CallError, RetryLaterError):
                work()
        finally:
            self.ended = True
            self._stopped.release()

    def call(self, send: Callable[[], object]) -> object:
        """Make a call of this process when its turn comes."""
        if not self._killed:
            self._stopped.release()
            self._go.acquire()
        if self._killed:
            raise Killed
        self.calls += 1
        answer = send()
        if self._lose:
            raise ServiceUnavailable("answer lost")  # type: ignore[no-untyped-call]  # no stubs
        return answer


def in_turn(send: Callable[[], object]) -> object:
    """Make a call when the turn of this thread's process comes; at once where it has none."""
    process: Process | None = getattr(_here, "process", None)
    return send() if process is None else process.call(send)
