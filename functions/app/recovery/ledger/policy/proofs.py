"""Proofs that an entry is in the log, which verify without it (C2SP tlog-proof)."""

import base64
import re
from dataclasses import dataclass

from app.recovery.ledger.models import Kind
from app.recovery.ledger.models.proofs import ProofState
from app.recovery.ledger.policy import notes
from app.recovery.ledger.policy.merkle import HASH_BYTES

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_MAX_HASHES = 63


class InvalidProofError(ValueError):
    """A proof is malformed. The message says how."""


@dataclass(frozen=True)
class Proof:
    """That an entry is in a log.

    Attributes:
        index: the place of the entry.
        hashes: the inclusion proof (RFC 6962 section 2.1.1), from the leaf's sibling upwards.
        checkpoint: the signed checkpoint whose tree the entry is in, as the log serves it.
        extra: what else a verifier may need. Nothing in the proof vouches for it.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __str__(self) -> str:
        lines = [_HEADER]
        if self.extra is not None:
            lines.append(f"extra {base64.b64encode(self.extra).decode()}")
        lines.append(f"index {self.index}")
        lines += [base64.b64encode(hashed).decode() for hashed in self.hashes]
        return "\n".join((*lines, "", self.checkpoint))


@dataclass(frozen=True)
class Proven:
    """Where a movement of a donor's money is in the log.

    Attributes:
        kind: of its entry.
        state: how far it is.
        index: its place, once sequenced.
        entry: its public bytes.
        proof: once it is published and where its commitment can be opened.
    """

    kind: Kind
    state: ProofState
    index: int | None
    entry: bytes
    proof: Proof | None = None


def read(text: str) -> Proof:
    """Return the proof in `text`. Neither hashes nor signatures are checked here.

    Raises:
        InvalidProofError: it is malformed.
    """
    head, blank, checkpoint = text.partition("\n\n")
    header, *lines = head.split("\n")
    if header != _HEADER or not blank:
        raise InvalidProofError("This is no proof of version 1.")
    try:
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = notes.read_base64(lines.pop(0).removeprefix("extra "))
        index = _INDEX.fullmatch(lines.pop(0)) if lines else None
        hashes = tuple(map(notes.read_base64, lines))
        notes.read_checkpoint(notes.read(checkpoint.encode()).text)
    except notes.InvalidNoteError as error:
        raise InvalidProofError(str(error)) from error
    if index is None:
        raise InvalidProofError("The proof has no index.")
    if len(hashes) > _MAX_HASHES or any(len(hashed) != HASH_BYTES for hashed in hashes):
        raise InvalidProofError("The proof has other lines than hashes.")
    return Proof(int(index[1]), hashes, checkpoint, extra)
