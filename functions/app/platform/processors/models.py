"""What the register of processors says of each."""

from dataclasses import dataclass

from app.platform.records.models import Category


@dataclass(frozen=True)
class Processor:
    """Somebody who works on personal data for us.

    Attributes:
        id: its name in `PROCESSOR_AGREEMENTS`.
        name: who it is.
        purpose: what it does for us.
        categories: the personal data that it gets.
        agreement: what has to be signed before it gets health data; "" where it gets none.
    """

    id: str
    name: str
    purpose: str
    categories: frozenset[Category]
    agreement: str
