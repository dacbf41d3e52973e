"""Where sealed values live, who opens them, and the key documents."""

from dataclasses import dataclass
from enum import StrEnum

from app.kit.model import Document


class Purpose(StrEnum):
    """What the system opens records for, with no person behind the call."""

    ANALYSIS = "analysis"


@dataclass(frozen=True)
class Owner:
    """The person whose record it is."""

    uid: str


@dataclass(frozen=True)
class System:
    """A named purpose of the system."""

    purpose: Purpose


type Reader = Owner | System


@dataclass(frozen=True)
class Record:
    """The place of sealed values: the person they are about and the path of their document."""

    uid: str
    path: str

    @property
    def collection(self) -> str:
        """The first part of the path."""
        return self.path.partition("/")[0]


class WrappedKey(Document):
    """A data key, encrypted by the key-encryption key version `kek` (a KMS resource name)."""

    wrapped: bytes
    kek: str


class PersonKeys(Document):
    """`person_keys/{uid}`: every version of a person's data key, wrapped."""

    current: int
    versions: dict[str, WrappedKey]
