"""Where the charity may ask for gifts, and the messages of the switch."""

from typing import Annotated

from pydantic import Field

from app.kit.model import IdempotencyKey, Instant, Message, Revised
from app.recovery.donations.models.gifts import UsState

MAX_STATES = 60


class Switch(Revised):
    """`solicitation/main`: whether gifts are asked for, and where the charity is registered.

    Attributes:
        open: whether new gifts are taken at all.
        states: where in the United States a registration to solicit gifts is in force.
        changed_at: None for what holds before anybody changed it.
    """

    open: bool
    states: tuple[str, ...]
    changed_at: Instant | None = None


class SetSolicitation(Message):
    """The request of `donations_set_solicitation`."""

    idempotency_key: IdempotencyKey
    open: bool
    states: Annotated[tuple[UsState, ...], Field(max_length=MAX_STATES)]


class SolicitationSet(Message):
    """The response of `donations_set_solicitation`."""

    open: bool
    states: tuple[str, ...]
