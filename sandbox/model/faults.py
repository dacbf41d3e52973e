"""What can go wrong with a request to the model."""

from typing import Self

from pydantic import Field, model_validator

from sandbox.standin import Fault

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""The errors of the API, by HTTP status."""


class ModelFault(Fault):
    """What a request to the model meets.

    Attributes:
        match: only requests whose body contains this.
        sleep_seconds: waits first.
        status: an error of the API, with `retry_after_seconds` if given.
        html: a proxy's HTML page with this status.
        reset: breaks the connection without an answer.
        drop_after: breaks a stream after so many chunks, at the latest before the last one.
        drip_seconds: sends the answer byte by byte, with this pause, so that no read times out.
        text: answers this text, whatever the schema asks.
        truncate: stops after so many characters, for want of output tokens.
        block: refuses the prompt for this reason, such as PROHIBITED_CONTENT.
        finish: answers without content for this reason, such as SAFETY.
        empty: answers without candidates.
    """

    match: str = ""
    sleep_seconds: float = Field(default=0, ge=0)
    status: int | None = None
    retry_after_seconds: int | None = None
    html: int | None = Field(default=None, ge=400, le=599)
    reset: bool = False
    drop_after: int | None = Field(default=None, ge=0)
    drip_seconds: float = Field(default=0, ge=0)
    text: str | None = None
    truncate: int | None = Field(default=None, ge=0)
    block: str | None = None
    finish: str | None = None
    empty: bool = False

    @model_validator(mode="after")
    def _some_effect(self) -> Self:
        if self.status is not None and self.status not in STATUSES:
            raise ValueError(f"status is none of {', '.join(map(str, STATUSES))}")
        if not self.model_fields_set - {"match", "times", "retry_after_seconds"}:
            raise ValueError("needs something that goes wrong")
        return self

    def applies(self, method: str, body: str) -> bool:
        """Whether a call of `method` with this body meets this fault."""
        if self.drop_after is not None and method != "streamGenerateContent":
            return False
        return self.match in body
