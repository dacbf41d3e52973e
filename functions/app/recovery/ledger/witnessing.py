"""Cosignatures of witnesses, who keep a log from showing different people different histories."""

import base64
import time

from app.kit import logs
from app.kit.logs import Severity
from app.recovery.ledger import gateway, settings
from app.recovery.ledger.gateway import OtherSizeError
from app.recovery.ledger.policy import merkle, notes
from app.recovery.ledger.policy.merkle import HashAt
from app.recovery.ledger.policy.notes import Note, Signature
from app.recovery.ledger.settings import Witness

SECONDS = 2.0
"""How long one witness may take; one that fails is left alone for the rest of a run."""


class Witnesses:
    """Asks the witnesses for one run of the sequencer."""

    def __init__(self) -> None:
        self._silent: set[str] = set()

    def cosign(self, note: Note, old_size: int, size: int, hash_at: HashAt) -> Note:
        """Return a checkpoint with the cosignatures of those witnesses that give theirs in time.

        Args:
            note: the checkpoint, signed.
            old_size: of the checkpoint before it, which they have probably seen.
            size: of the checkpoint.
            hash_at: gives the hashes of its tree.
        """
        found: list[Signature] = []
        for witness in settings.witnesses():
            if witness.url in self._silent:
                continue
            try:
                found += _cosignatures(witness, note, old_size, size, hash_at)
            except Exception as error:  # noqa: BLE001  # no witness keeps the log from its readers
                self._silent.add(witness.url)
                name = type(error).__name__
                logs.write(Severity.WARNING, "ledger witness failed", reason=name)
        return Note(note.text, (*note.signatures, *found))


def _cosignatures(
    witness: Witness, note: Note, old_size: int, size: int, hash_at: HashAt
) -> list[Signature]:
    until = time.monotonic() + SECONDS
    try:
        body = _request(note, old_size, size, hash_at)
        lines = gateway.add_checkpoint(witness.url, body, until=until)
    except OtherSizeError as error:
        if error.size > size:
            raise  # a rival's later checkpoint was there first
        body = _request(note, error.size, size, hash_at)
        lines = gateway.add_checkpoint(witness.url, body, until=until)
    answer = Note(note.text, notes.read_signatures(lines))
    return notes.signed_by(answer, [witness.key])


def _request(note: Note, old_size: int, size: int, hash_at: HashAt) -> bytes:
    """Return the body of add-checkpoint."""
    proof = merkle.consistency_proof(old_size, size, hash_at)
    lines = (f"old {old_size}", *(base64.b64encode(hashed).decode() for hashed in proof), "")
    return ("\n".join(lines) + f"\n{note}").encode()
