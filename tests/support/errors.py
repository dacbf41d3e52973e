"""What the backend refuses, as tests see it."""

from dataclasses import dataclass
from typing import Any


@dataclass
class CallError(Exception):
    """The error a function sent to its client."""

    status: str
    message: str
    details: Any
    http_status: int

    @property
    def fields(self) -> list[str]:
        """The names of the fields that are wrong."""
        return [problem["field"] for problem in self.details or []]


class Denied(Exception):
    """Security rules refused a request."""
