"""The time in the stand-in, and what is to happen later."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Clock:
    """Real time plus what was advanced; runs actions when they are due, under `lock`."""

    def __init__(self, lock: threading.RLock) -> None:
        self._changed = threading.Condition(lock)
        self._ahead_seconds = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Run what becomes due by the passing of time."""
        self._thread.start()

    def stop(self) -> None:
        """Run nothing more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join()

    def now(self) -> int:
        """Return the time in Unix seconds."""
        return int(self._now())

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """Run `action` after `seconds`, with the lock held."""
        with self._changed:
            heapq.heappush(self._due, (self._now() + seconds, next(self._numbers), action))
            self._changed.notify_all()

    def advance(self, seconds: float) -> None:
        """Let time pass; what became due has happened, each at its time, when this returns."""
        with self._changed:
            ahead = self._ahead_seconds + seconds
            while self._due and self._due[0][0] <= time.time() + ahead:
                due, _, action = heapq.heappop(self._due)
                self._ahead_seconds = max(self._ahead_seconds, due - time.time())
                action()
            self._ahead_seconds = ahead
            self._changed.notify_all()

    def reset(self) -> None:
        """Return to real time and forget what was to happen."""
        with self._changed:
            self._ahead_seconds = 0.0
            self._due.clear()

    def _now(self) -> float:
        return time.time() + self._ahead_seconds

    def _run_due(self) -> None:
        while self._due and self._due[0][0] <= self._now():
            heapq.heappop(self._due)[2]()

    def _run(self) -> None:
        with self._changed:
            while not self._stopped:
                self._run_due()
                self._changed.wait(self._due[0][0] - self._now() if self._due else None)
