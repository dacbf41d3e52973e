"""What the crisis screen finds, and how asking the model can fail."""

from datetime import date
from enum import StrEnum

from app.kit.model import Message


class FaultReason(StrEnum):
    """Why there is no answer from the model."""

    UNAVAILABLE = "unavailable"
    RATE_LIMITED = "rate_limited"
    DEADLINE = "deadline"
    BLOCKED = "blocked"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    NO_AGREEMENT = "no_agreement"
    """The operator of the model has not signed what health data need."""


class ModelFaultError(Exception):
    """The model gave no usable answer. Says why, and nothing of what was asked or answered.

    Attributes:
        reason: what callers decide by.
        origin: the type and HTTP status of the SDK's exception, for the log; "" without one.
    """

    def __init__(self, reason: FaultReason, origin: str = "") -> None:
        super().__init__(f"{reason} ({origin})" if origin else str(reason))
        self.reason = reason
        self.origin = origin


class CrisisCategory(StrEnum):
    """What a person may need help with now, the most urgent first."""

    OVERDOSE = "overdose"
    SELF_HARM = "self_harm"


class Resource(Message):
    """Help that a person can reach now, in fixed words.

    Attributes:
        contact: the number to call, or to text to; empty for what to do oneself.
        text: what to say of it, by language ("en", "es").
        verified_on: when contact and text were last compared with what the operator publishes.
    """

    id: str
    contact: str
    text: dict[str, str]
    verified_on: date


class CrisisMatch(Message):
    """A hit of the crisis screen. It holds none of the person's words.

    Attributes:
        rule_version: the date of the rules, so that a hit can be explained later.
    """

    category: CrisisCategory
    rule_version: str
    resources: tuple[Resource, ...]
