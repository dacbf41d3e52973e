"""The time in the stand-in, and what is to happen later."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Clock:
    """Real time plus what was advanced; runs actions when they are due, under `lock`.

    Actions run in the order of their times, and each sees its own time as now: a year that is
    advanced at once happens as it would have happened day by day.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._changed = threading.Condition(lock)
        self._ahead_seconds = 0.0
        self._acting_at: float | None = None
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
            self.at(self._now() + seconds, action)

    def at(self, moment: float, action: Callable[[], None]) -> None:
        """Run `action` at a Unix time, soon if that is past, with the lock held."""
        with self._changed:
            heapq.heappush(self._due, (max(moment, self._now()), next(self._numbers), action))
            self._changed.notify_all()

    def advance(self, seconds: float) -> None:
        """Let time pass; what became due has happened, each at its time, when this returns."""
        with self._changed:
            self._ahead_seconds += seconds
            self._run_due()
            self._changed.notify_all()

    def reset(self) -> None:
        """Return to real time and forget what was to happen."""
        with self._changed:
            self._ahead_seconds = 0.0
            self._due.clear()

    def _now(self) -> float:
        return time.time() + self._ahead_seconds if self._acting_at is None else self._acting_at

    def _run_due(self) -> None:
        while self._due and self._due[0][0] <= self._now():
            due, _, action = heapq.heappop(self._due)
            self._acting_at = due
            try:
                action()
            finally:
                self._acting_at = None

    def _run(self) -> None:
        with self._changed:
            while not self._stopped:
                self._run_due()
                self._changed.wait(self._due[0][0] - self._now() if self._due else None)
