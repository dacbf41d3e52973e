"""Signed notes and checkpoints, and who signed them (C2SP signed-note, tlog-checkpoint).

A note is text with signature lines. The text of a checkpoint says origin, size and root of a log;
the log signs it, and witnesses cosign it (C2SP tlog-cosignature, version 1).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.recovery.ledger.policy.merkle import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

ED25519 = 1
COSIGNATURE = 4
"""Ed25519 over the checkpoint and the time at which a witness saw it."""

MAX_NOTE_BYTES = 65_536
_KEY_BYTES = 32
_ID_BYTES = 4
_TIME_BYTES = 8
_SIGNATURE_BYTES = {ED25519: 64, COSIGNATURE: _TIME_BYTES + 64}
_DASH = "\u2014 "
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class InvalidNoteError(ValueError):
    """A note, checkpoint or key is malformed, or its signature wrong. The message says how."""


@dataclass(frozen=True)
class Key:
    """A public key that signs notes.

    Attributes:
        name: of who signs; for a log, its origin.
        type: `ED25519` or `COSIGNATURE`.
        public: the 32 bytes of the Ed25519 key (RFC 8032).
    """

    name: str
    type: int
    public: bytes

    @classmethod
    def read(cls, vkey: str) -> Self:
        """Return the key in its text form, `name+id+base64`.

        Raises:
            InvalidNoteError: it is malformed, or of a type that is not known here.
        """
        name, *rest = vkey.split("+", 2)
        if len(rest) != 2 or not _is_name(name):  # noqa: PLR2004  # id and key
            raise InvalidNoteError("The key is not name+id+base64.")
        data = read_base64(rest[1])
        if len(data) != 1 + _KEY_BYTES or data[0] not in _SIGNATURE_BYTES:
            raise InvalidNoteError("The key is of no known type.")
        key = cls(name, data[0], data[1:])
        if key.id.hex() != rest[0]:
            raise InvalidNoteError("The key has another id.")
        return key

    @property
    def id(self) -> bytes:
        """Four bytes that tell the keys of one name apart."""
        data = self.name.encode() + b"\n" + bytes([self.type]) + self.public
        return hashlib.sha256(data).digest()[:_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The text form that verifiers are configured with."""
        data = bytes([self.type]) + self.public
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(data).decode()}"

    def signs(self, text: str, signature: bytes) -> bool:
        """Whether `signature` is this key's over the note's `text`."""
        if len(signature) != _SIGNATURE_BYTES[self.type]:
            return False
        message = text.encode()
        if self.type == COSIGNATURE:
            at = int.from_bytes(signature[:_TIME_BYTES], "big")
            message, signature = cosigned(text, at), signature[_TIME_BYTES:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signature:
    """A signature line of a note. What its bytes mean is up to the key of that name and id."""

    name: str
    key_id: bytes
    data: bytes

    @property
    def line(self) -> str:
        """The line, its newline included."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.data).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A text, which ends in a newline, and its signatures, none of which is checked yet."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(signature.line for signature in self.signatures)


@dataclass(frozen=True)
class Checkpoint:
    """The state of a log: how many entries it has, and the root of their tree."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed. This log adds no extension lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read(data: bytes) -> Note:
    """Return the note in `data`.

    Raises:
        InvalidNoteError: it is too long, no UTF-8, has control characters, or has no well-formed
            signature lines.
    """
    if len(data) > MAX_NOTE_BYTES:
        raise InvalidNoteError("The note is too long.")
    try:
        note = data.decode()
    except UnicodeDecodeError as error:
        raise InvalidNoteError("The note is no UTF-8.") from error
    if _CONTROL.search(note):
        raise InvalidNoteError("The note has control characters.")
    text, blank, lines = note.rpartition("\n\n")
    if not blank:
        raise InvalidNoteError("The note has no blank line before signatures.")
    return Note(text + "\n", read_signatures(lines))


def read_signatures(lines: str) -> tuple[Signature, ...]:
    """Return signature lines, at least one; what a witness answers has nothing else.

    Raises:
        InvalidNoteError: one of them is malformed.
    """
    if not lines.endswith("\n"):
        raise InvalidNoteError("The last signature line does not end.")
    return tuple(_signature(line) for line in lines[:-1].split("\n"))


def read_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint that is the text of a note.

    Raises:
        InvalidNoteError: it is not exactly an origin, a size and a root.
    """
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:  # noqa: PLR2004  # the text ends its lines
        raise InvalidNoteError("The checkpoint is not an origin, a size and a root.")
    origin, size, root, _ = lines
    if not _SIZE.fullmatch(size):
        raise InvalidNoteError("The size of the checkpoint is no number.")
    hashed = read_base64(root)
    if len(hashed) != HASH_BYTES:
        raise InvalidNoteError("The root of the checkpoint is no hash.")
    return Checkpoint(origin, int(size), hashed)


def signed_by(note: Note, keys: Iterable[Key]) -> list[Signature]:
    """Return the signatures of a note that are from `keys`, which may be none.

    Raises:
        InvalidNoteError: one that claims to be from one of them is not.
    """
    known = {(key.name, key.id): key for key in keys}
    found = []
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        if not key.signs(note.text, signature.data):
            raise InvalidNoteError("A signature is wrong.")
        found.append(signature)
    return found


def cosigned(text: str, at: int) -> bytes:
    """Return what a witness signs: that it saw the checkpoint `text` `at` this Unix time."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def read_base64(text: str) -> bytes:
    """Return the bytes of standard base64 (RFC 4648 section 4) in its one canonical form.

    Raises:
        InvalidNoteError: it is anything else.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidNoteError("This is no base64.") from error
    if base64.b64encode(data).decode() != text:
        raise InvalidNoteError("This is no base64.")
    return data


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not _is_name(name):
        raise InvalidNoteError("A signature line is malformed.")
    data = read_base64(encoded)
    if len(data) <= _ID_BYTES:
        raise InvalidNoteError("A signature is too short.")
    return Signature(name, data[:_ID_BYTES], data[_ID_BYTES:])


def _is_name(name: str) -> bool:
    return bool(name) and not any(sign.isspace() or sign == "+" for sign in name)
