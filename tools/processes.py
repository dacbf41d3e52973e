"""Child processes that never outlive the program that started them.

The Firebase emulators start Java and Python processes in sessions of their own and forget some of
them when they stop, so ending a process group is not enough. Every process started here inherits a
mark in its environment, and on Linux whatever carries the mark is found and ended, wherever it
hangs in the process tree. Elsewhere each started process group is ended.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_MARKS_VARIABLE = "EMULATOR_RUNS"
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_POLL_SECONDS = 0.02


class Family:
    """The processes of one run."""

    def __init__(self) -> None:
        self._mark = uuid.uuid4().hex
        self._started: list[subprocess.Popen[bytes]] = []

    def start(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        *,
        cwd: Path | None = None,
        output: IO[bytes] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Starts a command in a session of its own; its output goes to `output` or to ours."""
        marks = environment.get(_MARKS_VARIABLE, "")
        process = subprocess.Popen(  # noqa: S603  # the caller's own command, no shell
            command,
            env={**environment, _MARKS_VARIABLE: f"{marks},{self._mark}"},  # runs may be nested
            cwd=cwd,
            stdin=subprocess.DEVNULL if output else None,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_ask_for_sigterm_when_parent_dies(),  # noqa: PLW1509  # we have one thread
        )
        self._started.append(process)
        return process

    def end(self, *, grace_seconds: float = 3.0) -> None:
        """Ends every process of the run: asks first, and after the grace period kills.

        From here on this program ignores the signals that would cut its clearing up short.
        """
        for signum in ENDING_SIGNALS:
            signal.signal(signum, signal.SIG_IGN)
        deadline = time.monotonic() + grace_seconds
        self._signal(signal.SIGTERM)
        while self._alive() and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        while self._alive():  # a process may have forked while it was being killed
            self._signal(signal.SIGKILL)
            time.sleep(_POLL_SECONDS)

    def _alive(self) -> bool:
        own = [process.poll() is None for process in self._started]  # polling reaps each of them
        return any(own) or bool(self._marked())

    def _signal(self, signum: signal.Signals) -> None:
        for pid in self._marked():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signum)
        for process in self._started:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signum)

    def _marked(self) -> list[int]:
        return [pid for pid in _processes() if self._mark.encode() in _environment(pid)]


def _processes() -> list[int]:
    if sys.platform != "linux":
        return []
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:  # it has ended, or belongs to somebody else
        return b""


def _ask_for_sigterm_when_parent_dies() -> Callable[[], None] | None:
    """Makes the child end even if this program is killed outright, where Linux offers it."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl  # looked up here: the child may only call it
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
