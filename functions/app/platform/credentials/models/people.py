"""An account as Firebase Auth has it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Account:
    """What the product needs to know of an account.

    Attributes:
        uid: its id.
        email: its address, in lower case; None without one.
        verified: whether somebody proved that the address is theirs.
        disabled: whether it was closed to sign-in.
        valid_since: sessions that began earlier are over; to the second.
        providers: the address that each linked provider knows, by the provider's name.
    """

    uid: str
    email: str | None
    verified: bool
    disabled: bool
    valid_since: datetime
    providers: dict[str, str | None]
