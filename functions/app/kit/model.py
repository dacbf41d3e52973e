"""Base classes of all data: snake_case in Python, camelCase in Firestore and on the wire."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Cents = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""An amount of money in the smallest unit of its currency, within what JSON carries exactly."""

DocumentId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-][A-Za-z0-9_-]{0,127}$")]
"""A Firestore document id. The pattern keeps out `/`, `..` and ids that Firestore reserves."""

IdempotencyKey = Annotated[
    str,
    Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"),
]
"""A UUID (RFC 9562, lower case) that the client makes once for each thing it wants done."""

Instant = AwareDatetime
"""A point in time. A datetime without a time zone is refused."""


class Message(BaseModel):
    """The request or the response of a function. A field it does not declare is an error.

    Strict: "5" is no number and 1 is no boolean. On the wire, which is JSON, enumerations and
    instants are strings all the same.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=True,
        frozen=True,
        extra="forbid",
        strict=True,
        hide_input_in_errors=True,  # keep personal data out of logs
        defer_build=True,  # a cold start pays for the classes that it uses
    )


class Document(Message):
    """A Firestore document. Fields it does not declare are left alone."""

    model_config = ConfigDict(extra="ignore", strict=False)


class Revised(Document):
    """A document that is changed by compare-and-set.

    Firestore keeps the update time of a write that changes nothing, so each write counts
    `revision` up; `write_id` lets a writer recognize its own write when the answer was lost.
    """

    revision: int = 0
    write_id: str = ""
