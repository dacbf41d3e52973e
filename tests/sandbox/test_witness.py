"""The witness stand-in refuses what a witness must refuse (C2SP tlog-witness)."""

import base64
from collections.abc import Iterator, Sequence

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.recovery.ledger.policy import notes
from app.recovery.ledger.policy.notes import ED25519, Checkpoint, Key, Note, Signature
from sandbox.witness import ORIGIN, WitnessStandIn, consistent
from tests.unit.recovery.ledger import naive_tree

LOG = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
KEY = Key(ORIGIN, ED25519, LOG.public_key().public_bytes_raw())
TREE = [str(n).encode() for n in range(40)]


@pytest.fixture
def witness() -> Iterator[WitnessStandIn]:
    stand_in = WitnessStandIn(lambda: [KEY.public]).start()
    yield stand_in
    stand_in.stop()


def ask(  # noqa: PLR0913  # the parts of a request
    witness: WitnessStandIn,
    old: int,
    size: int,
    *,
    proof: Sequence[bytes] | None = None,
    tree: Sequence[bytes] = TREE,
    origin: str = ORIGIN,
    key: Ed25519PrivateKey = LOG,
) -> requests.Response:
    """Ask it to cosign the checkpoint of `size` entries after that of `old`."""
    text = Checkpoint(origin, size, naive_tree.root(tree[:size])).text
    note = Note(text, (Signature(origin, KEY.id, key.sign(text.encode())),))
    if proof is None:
        proof = naive_tree.proof(old, tree[:size]) if 0 < old <= size else []
    lines = [f"old {old}", *(base64.b64encode(hashed).decode() for hashed in proof), ""]
    body = "\n".join(lines) + f"\n{note}"
    url = witness.environment()["LEDGER_WITNESSES"].split()[1]
    return requests.post(f"{url}/add-checkpoint", data=body.encode(), timeout=10)


def test_it_cosigns_what_grows(witness: WitnessStandIn) -> None:
    vkey = Key.read(witness.environment()["LEDGER_WITNESSES"].split()[0])
    for old, size in ((0, 3), (3, 8), (8, 8), (8, 40)):
        answer = ask(witness, old, size)

        text = Checkpoint(ORIGIN, size, naive_tree.root(TREE[:size])).text
        note = Note(text, notes.read_signatures(answer.content.decode()))
        assert len(notes.signed_by(note, [vkey])) == 1


def test_it_tells_the_size_that_it_knows(witness: WitnessStandIn) -> None:
    ask(witness, 0, 5)
    other = [b"other", *TREE[1:]]
    for answer in (ask(witness, 3, 8), ask(witness, 5, 5, tree=other), ask(witness, 0, 8)):
        assert (answer.status_code, answer.text) == (409, "5\n")
        assert answer.headers["Content-Type"] == "text/x.tlog.size"


def test_it_refuses_what_it_must(witness: WitnessStandIn) -> None:
    ask(witness, 0, 5)
    stranger = Ed25519PrivateKey.generate()
    other = [b"other", *TREE[1:]]

    assert ask(witness, 5, 8, origin="other.example").status_code == 404
    assert ask(witness, 5, 8, key=stranger).status_code == 403
    assert ask(witness, 5, 3).status_code == 400
    assert ask(witness, 5, 8, tree=other).status_code == 422
    assert ask(witness, 5, 8, proof=[]).status_code == 422
    assert witness.status()["size"] == 5


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 31, 32, 40])
def test_it_takes_the_proofs_of_the_rfc_and_no_others(size: int) -> None:
    for old in range(1, size + 1):
        proof = naive_tree.proof(old, TREE[:size])
        roots = naive_tree.root(TREE[:old]), naive_tree.root(TREE[:size])
        assert consistent(old, size, proof, *roots)
        assert not consistent(old, size, [*proof, bytes(32)], *roots)
        assert not consistent(old, size, proof, roots[0], bytes(32))
        assert not proof or not consistent(old, size, proof[:-1], *roots)
