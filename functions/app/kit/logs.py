"""Structured logs. Only the fields declared here can be written, so no personal data can be.

Cloud Logging reads each line as an entry: `severity`, `message` and
`logging.googleapis.com/trace` have its meaning; `stack_trace` is what Error Reporting groups by.
"""

import json
import sys
import traceback
from contextvars import ContextVar
from enum import StrEnum
from typing import Any, TypedDict, Unpack

_trace: ContextVar[str] = ContextVar("trace", default="")


class Severity(StrEnum):
    """How much attention an entry asks for."""

    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class Fields(TypedDict, total=False):
    """What an entry may carry besides its message. Never an identifier or a value of a person."""

    function: str
    code: str
    http_status: int
    duration_ms: float
    attempt: int
    reason: str
    count: int


def follow(trace_header: str) -> None:
    """Write the entries that follow under the trace of `X-Cloud-Trace-Context` (`TRACE/SPAN`)."""
    _trace.set(trace_header.partition("/")[0][:64])


def write(severity: Severity, message: str, **fields: Unpack[Fields]) -> None:
    """Write one entry. `message` is a constant of the code, never data."""
    _print(severity, message, dict(fields))


def failure(message: str, error: BaseException, **fields: Unpack[Fields]) -> None:
    """Write an error with its types and code positions, without its text, which may hold data."""
    entry = {**fields, "errorTypes": _types(error), "stack_trace": _stack(error)}
    _print(Severity.ERROR, message, entry)


def _print(severity: Severity, message: str, fields: dict[str, Any]) -> None:
    if trace := _trace.get():
        fields["logging.googleapis.com/trace"] = trace
    stream = sys.stderr if severity is Severity.ERROR else sys.stdout
    entry = {"severity": severity, "message": message, **fields}
    stream.write(json.dumps(entry) + "\n")
    stream.flush()


def _chain(error: BaseException) -> list[BaseException]:
    links: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in links:
        links.append(current)
        current = current.__cause__ or current.__context__
    return links


def _types(error: BaseException) -> list[str]:
    return [type(link).__qualname__ for link in _chain(error)]


def _stack(error: BaseException) -> str:
    """Return the frames of the whole chain, innermost cause first, as Python prints them."""
    lines = ["Traceback (most recent call last):\n"]
    for link in reversed(_chain(error)):
        lines += traceback.format_list(
            [
                traceback.FrameSummary(f.filename, f.lineno, f.name, lookup_line=False, line="")
                for f in traceback.extract_tb(link.__traceback__, limit=-20)
            ]
        )
        lines.append(f"{type(link).__qualname__}\n")
    return "".join(lines)
