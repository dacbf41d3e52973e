"""Signed notes, checkpoints and proofs: what is read, and what is refused."""

import base64
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.recovery.ledger.policy import notes, proofs
from app.recovery.ledger.policy.notes import Checkpoint, InvalidNoteError, Key, Note, Signature

ROOT = bytes(range(32))
CHECKPOINT = Checkpoint("ledger.example/v1", 1234, ROOT)
LOG = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
WITNESS = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
LOG_KEY = Key("ledger.example/v1", notes.ED25519, LOG.public_key().public_bytes_raw())
WITNESS_KEY = Key("witness.example", notes.COSIGNATURE, WITNESS.public_key().public_bytes_raw())

# From the documentation of Go's golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngo\
tpRZb6KE6RyyBwJnAM=
"""


def signed(text: str = CHECKPOINT.text) -> Note:
    """Return a note that the log signed and the witness cosigned."""
    stamp = (1_800_000_000).to_bytes(8, "big")
    cosignature = stamp + WITNESS.sign(notes.cosigned(text, 1_800_000_000))
    return Note(
        text,
        (
            Signature(LOG_KEY.name, LOG_KEY.id, LOG.sign(text.encode())),
            Signature(WITNESS_KEY.name, WITNESS_KEY.id, cosignature),
        ),
    )


def test_a_note_of_other_software_is_read_and_verified() -> None:
    key = Key.read(GO_KEY)

    note = notes.read(GO_NOTE.encode())

    assert (key.name, key.vkey) == ("PeterNeumann", GO_KEY)
    assert str(note) == GO_NOTE
    assert len(notes.signed_by(note, [key])) == 1


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    note = notes.read(str(signed()).encode())

    assert note == signed()
    assert notes.read_checkpoint(note.text) == CHECKPOINT
    assert len(notes.signed_by(note, [LOG_KEY, WITNESS_KEY])) == 2


def test_signatures_of_unknown_keys_are_left_out() -> None:
    other = Key(LOG_KEY.name, notes.ED25519, WITNESS_KEY.public)

    assert notes.signed_by(signed(), [other]) == []
    assert [s.name for s in notes.signed_by(signed(), [other, WITNESS_KEY])] == ["witness.example"]


def test_a_wrong_signature_of_a_known_key_fails_the_note() -> None:
    note = signed()
    changed = Note(note.text.replace("1234", "1235"), note.signatures)
    for key in (LOG_KEY, WITNESS_KEY):
        with pytest.raises(InvalidNoteError, match="wrong"):
            notes.signed_by(changed, [key])
    short = Note(note.text, (Signature(LOG_KEY.name, LOG_KEY.id, b"short"),))
    with pytest.raises(InvalidNoteError, match="wrong"):
        notes.signed_by(short, [LOG_KEY])


def test_a_key_is_told_by_its_type_too() -> None:
    witness = Key(LOG_KEY.name, notes.COSIGNATURE, LOG_KEY.public)

    assert witness.id != LOG_KEY.id
    assert Key.read(witness.vkey) == witness


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+c74f20a3",
        GO_KEY.replace("PeterNeumann", ""),
        GO_KEY.replace("PeterNeumann", "Peter Neumann"),
        GO_KEY.replace("PeterNeumann", "Peter"),
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("c74f20a3", "C74F20A3"),
        GO_KEY[:-4],
        GO_KEY[:-1] + "=",
        "n+00000000+" + base64.b64encode(b"\x02" + bytes(32)).decode(),
    ],
)
def test_a_malformed_key_is_refused(vkey: str) -> None:
    with pytest.raises(InvalidNoteError):
        Key.read(vkey)


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda note: b"", "blank line"),
        (lambda note: note[:-1], "does not end"),
        (lambda note: note.replace(b"\n\n", b"\n"), "blank line"),
        (lambda note: note.replace(b"ledger", b"led\xffger"), "UTF-8"),
        (lambda note: note.replace(b"1234", b"12\r34"), "control"),
        (lambda note: note.replace("\u2014 ".encode(), b"- "), "malformed"),
        (lambda note: note.replace(b"witness.example ", b"witness.example"), "malformed"),
        (lambda note: note.replace(b"witness.example", b"wit+ness"), "malformed"),
        (lambda note: note.replace(b"witness.example", b""), "malformed"),
        (lambda note: note + b"\n", "blank|malformed|does not end"),
        (lambda note: note + "\u2014 a AAAA\n".encode(), "too short|base64"),
        (lambda note: note + "\u2014 a !AAA\n".encode(), "base64"),
        (lambda note: note + "\u2014 a AAAAAB==\n".encode(), "base64"),
        (lambda note: note + b"x" * notes.MAX_NOTE_BYTES, "too long"),
    ],
)
def test_a_malformed_note_is_refused(change: Callable[[bytes], bytes], finding: str) -> None:
    with pytest.raises(InvalidNoteError, match=finding):
        notes.read(change(str(signed()).encode()))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n",
        CHECKPOINT.text[:-1],
        CHECKPOINT.text + "extension\n",
        CHECKPOINT.text.replace("ledger.example/v1", ""),
        CHECKPOINT.text.replace("1234", "01234"),
        CHECKPOINT.text.replace("1234", "-1"),
        CHECKPOINT.text.replace("1234", "\u0661"),
        CHECKPOINT.text.replace("1234", "1" * 20),
        CHECKPOINT.text.replace("AAEC", ""),
        CHECKPOINT.text.replace("AAEC", "AA=="),
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(InvalidNoteError):
        notes.read_checkpoint(text)


@pytest.mark.parametrize("extra", [None, b"", b"\x00salt and record"])
@pytest.mark.parametrize("hashes", [(), (ROOT, ROOT[::-1])])
def test_a_proof_is_read_as_it_was_written(hashes: tuple[bytes, ...], extra: bytes | None) -> None:
    proof = proofs.Proof(7, hashes, str(signed()), extra)

    assert proofs.read(str(proof)) == proof
    assert str(proof).startswith("c2sp.org/tlog-proof@v1\n")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text.replace("@v1", "@v2"),
        lambda text: text.replace("index 7", "index 07"),
        lambda text: text.replace("index 7", "index -7"),
        lambda text: text.replace("index 7\n", ""),
        lambda text: text.replace("extra ", "other "),
        lambda text: text.replace("extra ", "extra !"),
        lambda text: text.replace("index 7\n", "index 7\nAAAA\n"),
        lambda text: text.replace("index 7\n", "index 7\n" + f"{'A' * 43}=\n" * 63),
        lambda text: text.partition("\n\n")[0],
        lambda text: text.replace("\n1234\n", "\n01234\n"),
        lambda text: text.replace("\u2014", "-"),
    ],
)
def test_a_malformed_proof_is_refused(change: Callable[[str], str]) -> None:
    text = str(proofs.Proof(7, (ROOT,), str(signed()), b"extra"))

    with pytest.raises(proofs.InvalidProofError):
        proofs.read(change(text))
