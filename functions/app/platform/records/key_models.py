"""The documents of people's data keys."""

from collections.abc import Mapping
from typing import Self

from app.kit.model import Document, Instant


class WrappedKey(Document):
    """A data key, encrypted by the key-encryption key version `kek` (a KMS resource name)."""

    wrapped: bytes
    kek: str


class PersonKeys(Document):
    """`person_keys/{uid}`: every version of a person's data key, wrapped.

    Once the person is erased the document stays without a key, as the mark that keeps what writes
    late from making a new one, and as the journal by which erasures are done again after a restore.

    Attributes:
        current: the version that seals.
        versions: by their numbers.
        oldest_kek: the lowest number of the key-encryption key's versions in `versions`.
        erased_at: when the keys were destroyed.
    """

    current: int
    versions: dict[str, WrappedKey]
    oldest_kek: int | None = None
    erased_at: Instant | None = None

    @classmethod
    def of(cls, current: int, versions: Mapping[str, WrappedKey]) -> Self:
        """Return the document of a person's keys."""
        oldest = min(kek_number(key.kek) for key in versions.values())
        return cls(current=current, versions=dict(versions), oldest_kek=oldest)


def kek_number(name: str) -> int:
    """Return the number of a version of the key-encryption key, from its resource name."""
    return int(name.rpartition("/")[2])
