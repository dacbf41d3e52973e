"""Which part of the ledger an export holds."""

from dataclasses import dataclass

from app.recovery.charity import Issuer


@dataclass(frozen=True)
class Part:
    """The entries of an export.

    Attributes:
        size: how many entries the ledger had.
        first_index: the index that the export begins at.
        last_index: of the last entry that it holds; None where it holds none.
        whole: whether nothing was asked for but the ledger.
        charity: whose ledger it is.
    """

    size: int
    first_index: int
    last_index: int | None
    whole: bool
    charity: Issuer
