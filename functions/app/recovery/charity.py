"""The charity that gifts go to: what it says of itself, and the clock that its years go by."""

import os
from zoneinfo import ZoneInfo

from app.kit import environment
from app.kit.model import Document

ZONE = ZoneInfo("America/Denver")
"""Where the charity is. A gift belongs to the calendar year of its moment there."""


class Issuer(Document):
    """Who issues receipts, as it was when one was issued.

    Attributes:
        name: the legal name.
        ein: its number at the Internal Revenue Service, such as 00-0000000.
        address: in one line.
        contact: where donors write.
        registration: what states want to be said of its registration as a charity.
    """

    name: str
    ein: str
    address: str
    contact: str
    registration: str


_FICTITIOUS = Issuer(
    name="SecondWind Example Fund",
    ein="00-0000000",
    address="100 Example Street, Denver, CO 80000",
    contact="giving@secondwind.example",
    registration="Registered charity in Colorado, no. 00000000000 (example).",
)
"""What stands for it on a machine of a developer. No EIN begins with 00."""


def issuer() -> Issuer:
    """Return the charity as it is now: the JSON of `CHARITY`, in the emulator a fictitious one.

    Raises:
        KeyError: `CHARITY` is not set.
        ValueError: it does not hold all of an `Issuer`.
    """
    text = os.environ.get("CHARITY")
    if text is None and environment.emulated():
        return _FICTITIOUS
    return Issuer.model_validate_json(os.environ["CHARITY"])
