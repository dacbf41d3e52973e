"""Refusals in Stripe's shape."""

from typing import Any


class StripeError(Exception):
    """An answer that is an error: its HTTP status and the `error` object of the body."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        named = {"code": code, "param": param, **more}
        self.error: dict[str, Any] = {"message": message, "type": kind}
        self.error |= {name: value for name, value in named.items() if value is not None}


class InvalidParameterError(StripeError):
    """The parameters are wrong in any state. Stripe does not save this under an idempotency key."""


def no_such(thing: str, object_id: str, param: str) -> StripeError:
    """Return the error for an id that names nothing: 404 for the object of the URL, else 400."""
    return StripeError(
        f"No such {thing}: '{object_id}'",
        status=404 if param == "id" else 400,
        code="resource_missing",
        param=param,
    )
