"""Refusals a caller can act on. Each class is one status of a Firebase callable."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A request the backend understood and refused.

    The client shows the message to its user, so it says what to do and names nobody's data.
    `details` is for the client's code, and must be JSON.
    """

    code: ClassVar[str]
    http_status: ClassVar[int]

    def __init__(self, message: str, details: Any = None) -> None:
        super().__init__(message)
        self.details = details


class InvalidArgumentError(DomainError):
    """The request is wrong in any state of the system. `details` lists each field and problem."""

    code = "invalid-argument"
    http_status = 400

    @classmethod
    def of(cls, field: str, problem: str) -> "InvalidArgumentError":
        """Return the refusal of one field."""
        return cls(f"{field}: {problem}", [{"field": field, "problem": problem}])


class UnauthenticatedError(DomainError):
    """The caller is not signed in."""

    code = "unauthenticated"
    http_status = 401


class PermissionDeniedError(DomainError):
    """The caller may not do this."""

    code = "permission-denied"
    http_status = 403


class NotFoundError(DomainError):
    """There is no such thing, or the caller may not know of it."""

    code = "not-found"
    http_status = 404


class FailedPreconditionError(DomainError):
    """The request would be right in another state of the system."""

    code = "failed-precondition"
    http_status = 400


class AbortedError(DomainError):
    """Somebody else is changing the same data. The same call can succeed a moment later."""

    code = "aborted"
    http_status = 409


class ResourceExhaustedError(DomainError):
    """A limit is used up. `details.retryAfterSeconds` says when to try again."""

    code = "resource-exhausted"
    http_status = 429


class UnavailableError(DomainError):
    """A service this operation needs does not answer. Nothing is lost by trying again."""

    code = "unavailable"
    http_status = 503


class DeadlineExceededError(DomainError):
    """The operation did not end in its time; whether it happened is unknown."""

    code = "deadline-exceeded"
    http_status = 504
