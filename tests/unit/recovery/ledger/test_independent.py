"""Tiles, checkpoints and receipts as the policy makes them, read by Go's own transparency log."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.recovery.ledger.policy import merkle, notes, proofs, tiles
from app.recovery.ledger.policy.notes import Checkpoint, Key, Note, Signature
from app.recovery.ledger.policy.tiles import Edge
from tests.support.independent import go_check
from tests.support.static_site import serve

SECRET = Ed25519PrivateKey.from_private_bytes(b"g" * 32)
KEY = Key("ledger.example/v1", notes.ED25519, SECRET.public_key().public_bytes_raw())
SIZES = (1, 2, 255, 256, 257, 600, 65_535, 65_536, 65_537, 70_000)


def entry(index: int) -> bytes:
    return f'{{"entry":{index}}}'.encode()


def signed(size: int, root: bytes) -> str:
    text = Checkpoint(KEY.name, size, root).text
    return str(Note(text, (Signature(KEY.name, KEY.id, SECRET.sign(text.encode())),)))


def write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that grew from size to size, with the checkpoint of each and receipts for it."""
    folder = tmp_path_factory.mktemp("log")
    edge = Edge()
    for before, size in pairwise((0, *SIZES)):
        grown, edge = tiles.growth(edge, [entry(index) for index in range(before, size)])
        for tile, data in grown.items():
            write(folder / tile.path, data)
        checkpoint = signed(size, edge.root)
        write(folder / f"checkpoint.{size}", checkpoint.encode())
        hash_at = tiles.hash_at(size, lambda tile: (folder / tile.path).read_bytes())
        for index in {0, size // 2, size - 1}:
            path = tuple(merkle.inclusion_proof(index, size, hash_at))
            proof = proofs.Proof(index, path, checkpoint, b"salt and record")
            write(folder / f"{index}.{size}.tlog-proof", str(proof).encode())
    return folder


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    with serve(folder) as url:
        yield url


@pytest.mark.parametrize("size", SIZES)
def test_go_accepts_the_log_at_every_size(folder: Path, url: str, size: int) -> None:
    (folder / "checkpoint").write_bytes((folder / f"checkpoint.{size}").read_bytes())
    before = [folder / f"checkpoint.{older}" for older in SIZES if older <= size]
    receipts = [*folder.glob(f"*.{size}.tlog-proof"), folder / "0.1.tlog-proof"]
    right, says = go_check(url, KEY.vkey, [*before, *receipts])
    assert right, says
    assert says.startswith(f"size {size}, included ")
    assert f"consistent {len(before)}, receipts {len(receipts)}" in says


def test_go_refuses_what_is_wrong(folder: Path, url: str, tmp_path: Path) -> None:
    """So that its word counts: each part of what it checks is spoiled once."""
    checkpoint = folder / "checkpoint"
    checkpoint.write_bytes((folder / "checkpoint.600").read_bytes())
    assert go_check(url, KEY.vkey)[0]
    fork = tmp_path / "checkpoint.fork"
    fork.write_text(signed(256, bytes(32)))
    assert not go_check(url, KEY.vkey, [fork])[0]
    receipt = tmp_path / "gift.tlog-proof"
    text = (folder / "300.600.tlog-proof").read_text()
    receipt.write_text(text.replace("index 300", "index 301"))
    assert not go_check(url, KEY.vkey, [receipt])[0]
    other = Ed25519PrivateKey.from_private_bytes(b"h" * 32).public_key().public_bytes_raw()
    assert not go_check(url, Key(KEY.name, notes.ED25519, other).vkey)[0]
    for path in ("tile/entries/000", "tile/0/001", "tile/1/000.p/2"):
        data = (folder / path).read_bytes()
        (folder / path).write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])
        assert not go_check(url, KEY.vkey)[0], path
        (folder / path).write_bytes(data)
    checkpoint.write_text(signed(600, bytes(32)))
    assert not go_check(url, KEY.vkey)[0]
