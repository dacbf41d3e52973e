"""What every stand-in is: something that starts, stops, tells its state and takes faults."""

import threading
from collections.abc import Callable
from typing import Any, Protocol, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

FOR_EVER = -1


class StandIn(Protocol):
    """A local server in the place of an outside service. It binds its port when it is made."""

    def start(self) -> Self:
        """Serve, in threads of its own."""

    def stop(self) -> None:
        """Stop serving and let go of the port."""

    def environment(self) -> dict[str, str]:
        """Return the environment variables that lead the backend here. Only once started."""

    def status(self) -> dict[str, Any]:
        """Return what happened so far, for the status page."""

    def calls(self) -> list[dict[str, Any]]:
        """Return what was sent here, the oldest first. For KMS never what is secret."""

    def inject(self, fault: dict[str, Any]) -> None:
        """Make what follows go wrong as `fault` says.

        Raises:
            ValueError: there is no such fault; the message says what is wrong with it.
        """

    def reset(self) -> None:
        """Forget faults, calls and state: as just started."""


class Fault(BaseModel):
    """What a stand-in does wrong, and how often: `times` calls, or `FOR_EVER`."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    times: int = 1

    @field_validator("times")
    @classmethod
    def _some_times(cls, times: int) -> int:
        if times < 1 and times != FOR_EVER:
            raise ValueError(f"is neither 1 or more nor {FOR_EVER}, for ever")
        return times


class Pauses:
    """The waits of calls that are to be slow. A reset ends them, so that none outlives its test."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Wait; return whether the wait was ended before its time."""
        return self._over.wait(seconds)

    def end(self) -> None:
        """Let everybody who waits go on."""
        over, self._over = self._over, threading.Event()
        over.set()


class Faults[F: Fault]:
    """The faults waiting in a stand-in. The first one that applies to a call is used up by it."""

    def __init__(self, fault_type: type[F]) -> None:
        self._type = fault_type
        self._lock = threading.Lock()
        self._waiting: list[F] = []

    def add(self, fault: dict[str, Any]) -> None:
        """Queue a fault.

        Raises:
            ValueError: it is none of this stand-in.
        """
        try:
            parsed = self._type.model_validate(fault)
        except ValidationError as error:
            problems = [
                f"{'.'.join(map(str, e['loc'])) or 'fault'}: {e['msg']}" for e in error.errors()
            ]
            raise ValueError("; ".join(problems)) from error
        with self._lock:
            self._waiting.append(parsed)

    def take(self, applies: Callable[[F], bool]) -> F | None:
        """Return the fault of this call, or None."""
        with self._lock:
            for fault in self._waiting:
                if applies(fault):
                    fault.times -= fault.times > 0
                    if fault.times == 0:
                        self._waiting.remove(fault)
                    return fault
        return None

    def waiting(self) -> list[dict[str, Any]]:
        """Return the faults still to come, as they were given."""
        with self._lock:
            return [fault.model_dump(exclude_defaults=True) for fault in self._waiting]

    def clear(self) -> None:
        """Drop them all."""
        with self._lock:
            self._waiting.clear()
