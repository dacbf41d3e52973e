"""Idempotency keys: the first answer is the answer for 24 hours."""

from dataclasses import dataclass

from sandbox.http import Response
from sandbox.stripe.errors import StripeError
from sandbox.stripe.params import Json

KEPT_SECONDS = 24 * 60 * 60
MAX_KEY = 255


@dataclass
class Saved:
    """A request under a key; `response` is None while it is at work."""

    request: tuple[str, Json]
    created: int
    request_id: str
    response: Response | None = None


class IdempotencyKeys:
    """What was answered under each key. Callers hold the account's lock."""

    def __init__(self) -> None:
        self._saved: dict[str, Saved] = {}

    def begin(self, key: str, request: tuple[str, Json], request_id: str, at: int) -> Saved | None:
        """Reserve a key at a time; return what is saved if it was used before.

        Raises:
            StripeError: it was used for another request (400), or is in use right now (409).
        """
        if len(key) > MAX_KEY:
            raise StripeError(f"Idempotency keys may have {MAX_KEY} characters.")
        saved = self._saved.get(key)
        if saved is None or at - saved.created >= KEPT_SECONDS:
            self._saved[key] = Saved(request, at, request_id)
            return None
        if saved.request != request:
            raise StripeError(
                "Keys for idempotent requests can only be used with the same parameters they were "
                f"first used with. Use another key than '{key}' for a different request.",
                kind="idempotency_error",
            )
        if saved.response is None:
            raise StripeError(
                f"There is currently another in-progress request using the Idempotency Key {key}.",
                status=409,
                kind="idempotency_error",
                code="idempotency_key_in_use",
            )
        return saved

    def finish(self, key: str, response: Response | None) -> None:
        """Save the answer, or free the key where nothing was executed."""
        if response is None:
            self._saved.pop(key, None)
        elif key in self._saved:  # a reset may have come in between
            self._saved[key].response = response

    def clear(self) -> None:
        """Forget every key."""
        self._saved.clear()
