"""The tree against the vectors of Certificate Transparency, and against the RFC's own words."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.recovery.ledger.policy import merkle
from tests.unit.recovery.ledger import naive_tree

ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The leaves of the test vectors that the implementations of RFC 6962 share."""
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
sizes = st.integers(0, 300)


def tree(size: int) -> list[bytes]:
    """Return `size` entries that differ."""
    return [str(n).encode() for n in range(size)]


def hash_at(entries: Sequence[bytes]) -> merkle.HashAt:
    """Return the full subtrees over `entries`."""
    return lambda level, index: naive_tree.root(entries[index << level : (index + 1) << level])


def grown(entries: Sequence[bytes]) -> merkle.Frontier:
    """Return the frontier over `entries`."""
    return merkle.grown((), 0, map(merkle.leaf_hash, entries))


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_roots_are_those_of_the_vectors(size: int) -> None:
    assert merkle.root(grown(ENTRIES[:size])).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_those_of_the_vectors(index: int, size: int) -> None:
    proof = merkle.inclusion_proof(index, size, hash_at(ENTRIES[:size]))

    assert [hashed.hex() for hashed in proof] == INCLUSION[index, size]


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proofs_are_those_of_the_vectors(old: int, new: int) -> None:
    proof = merkle.consistency_proof(old, new, hash_at(ENTRIES[:new]))

    assert [hashed.hex() for hashed in proof] == CONSISTENCY[old, new]


@given(first=sizes, second=sizes)
def test_a_tree_grows_in_any_steps_to_the_same_root(first: int, second: int) -> None:
    entries = tree(first + second)

    in_steps = merkle.grown(grown(entries[:first]), first, map(naive_tree.leaf, entries[first:]))

    assert in_steps == grown(entries)
    assert merkle.root(in_steps) == naive_tree.root(entries)


@given(st.data())
def test_proofs_are_those_of_the_rfc(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    entries = tree(size)

    inclusion = merkle.inclusion_proof(index, size, hash_at(entries))

    assert inclusion == naive_tree.path(index, entries)
    assert naive_tree.included(
        index, size, naive_tree.leaf(entries[index]), inclusion
    ) == naive_tree.root(entries)
    assert merkle.consistency_proof(old, size, hash_at(entries)) == naive_tree.proof(old, entries)


def test_a_frontier_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="not one of a tree"):
        merkle.grown(grown(ENTRIES[:3]), 4, [])


def test_proofs_of_what_is_not_there_are_refused() -> None:
    for index in (-1, 8):
        with pytest.raises(ValueError, match="no such entry"):
            merkle.inclusion_proof(index, 8, hash_at(ENTRIES))
    with pytest.raises(ValueError, match="larger"):
        merkle.consistency_proof(9, 8, hash_at(ENTRIES))
    assert merkle.consistency_proof(0, 8, hash_at(ENTRIES)) == []
