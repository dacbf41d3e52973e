"""Whatever is done to a log is found, and named. The attacker owns the database, not the key."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.platform.audit.models import GENESIS, SHARDS, ChainHead, shard_of
from app.platform.audit.policy.check import WINDOW, Finding, Log, Problem, check
from tests.unit.platform.audit.logs import (
    KEPT,
    KEY,
    MINUTE,
    NOW,
    Kept,
    changed,
    entry_id,
    fields_of,
    sealed,
    signed_by,
)

WHOLE = sealed(rounds=4, each=10)
IDS = list(WHOLE.entries)
SMALL = sealed(rounds=2, each=8)
ANYWHERE = st.sampled_from(IDS)


def named(findings: list[Finding]) -> set[str]:
    return {finding.where for finding in findings}


def problems(findings: list[Finding]) -> set[Problem]:
    return {finding.problem for finding in findings}


def places(findings: list[Finding], problem: Problem) -> set[tuple[int, int]]:
    """Return all places that findings of a problem cover."""
    return {
        (found.shard, found.sequence + number)
        for found in findings
        if found.problem is problem and found.shard is not None and found.sequence is not None
        for number in range(found.entries)
    }


def place(kept: Kept, one: str) -> tuple[int, int]:
    return kept.entries[one]["shard"], kept.entries[one]["sequence"]


def test_the_sample_has_chains_of_more_than_one_entry_in_every_shard() -> None:
    assert set(WHOLE.chains()) == set(range(SHARDS))
    assert min(map(len, WHOLE.chains().values())) > 1
    assert len(WHOLE.anchors) == 4


def test_nothing_is_wrong_with_a_whole_log() -> None:
    assert WHOLE.findings() == []
    assert Kept().findings() == []


def test_nothing_is_wrong_while_the_sealer_is_at_work() -> None:
    kept = WHOLE.copy()
    before = dict(kept.heads)
    kept.write([100, 101, 102], NOW)
    kept.seal()
    kept.write([103], NOW)
    for left_out in (set(), {entry_id(100)}):  # read before it was sealed
        seen = [(one, f) for one, f in kept.entries.items() if one not in left_out]
        log = Log(seen, before, kept.heads, kept.anchors.items(), signed_by, NOW, KEPT)
        assert check(log) == []


@pytest.mark.parametrize("one", list(SMALL.entries))
def test_a_change_of_any_byte_of_any_field_names_the_entry(one: str) -> None:
    kept = SMALL.copy()
    fields = kept.entries[one]
    count = 0
    for name, value in fields.items():
        for other in changed(value):
            kept.entries[one] = {**fields, name: other}
            assert one in named(kept.findings()), (name, other)
            count += 1
        kept.entries[one] = {n: v for n, v in fields.items() if n != name}
        assert one in named(kept.findings()), name
    kept.entries[one] = {**fields, "more": 1}
    assert one in named(kept.findings())
    assert count > 200


@pytest.mark.parametrize("one", IDS)
def test_an_edit_under_a_hash_made_anew_names_the_entry(one: str) -> None:
    kept = WHOLE.copy()
    kept.entries[one]["subject"] = "someone"
    kept.rehash(one)

    findings = kept.findings()

    assert named(findings) == {one}
    assert problems(findings) <= {Problem.EDITED, Problem.HEAD}


@pytest.mark.parametrize("one", IDS)
def test_an_edit_with_the_head_made_to_fit_names_the_entry(one: str) -> None:
    kept = WHOLE.copy()
    shard, sequence = place(kept, one)
    kept.entries[one]["subject"] = "someone"
    kept.rehash(one)
    if kept.heads[shard].size == sequence + 1:
        kept.heads[shard] = kept.heads[shard].model_copy(update={"hash": kept.entries[one]["hash"]})

    assert one in named(kept.findings())


@pytest.mark.parametrize("one", IDS)
def test_a_removed_entry_is_named_by_its_place(one: str) -> None:
    kept = WHOLE.copy()
    at = place(kept, one)
    del kept.entries[one]

    findings = kept.findings()

    assert places(findings, Problem.REMOVED) | places(findings, Problem.TRUNCATED) == {at}
    assert len(findings) == 1


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("heads", ["stays", "follows", "is deleted"])
def test_a_chain_that_is_cut_off_anywhere_is_told_from_there(shard: int, heads: str) -> None:
    chain = WHOLE.chains()[shard]
    for left in range(len(chain)):
        kept = WHOLE.copy()
        for one in chain[left:]:
            del kept.entries[one]
        if heads == "follows":
            last = kept.entries[chain[left - 1]]["hash"] if left else GENESIS
            kept.heads[shard] = ChainHead(shard=shard, size=left, hash=last)
        if heads == "is deleted":
            del kept.heads[shard]

        findings = kept.findings()

        assert places(findings, Problem.TRUNCATED) == {(shard, n) for n in range(left, len(chain))}
        assert (Problem.HEAD in problems(findings)) == (heads != "stays")


@pytest.mark.parametrize("one", IDS[::5])
def test_an_inserted_entry_is_named(one: str) -> None:
    for change in ({}, {"subject": "someone"}):
        for sequence in (*range(8), -1, 10**15):
            kept = WHOLE.copy()
            added = next(
                new for new in map(entry_id, range(1000, 2000)) if shard_of(new) == shard_of(one)
            )
            kept.entries[added] = {**kept.entries[one], **change, "sequence": sequence}
            for _ in range(2):
                assert added in named(kept.findings()), sequence
                kept.rehash(added)  # and again with a hash of its own


def test_an_entry_added_to_the_end_of_a_chain_with_all_that_belongs_to_it_is_only_new() -> None:
    """Whoever writes the database can always tell new lies: that is for who guards it."""
    kept = WHOLE.copy()
    kept.write([500], NOW)
    kept.seal()

    assert kept.findings() == []


def test_an_entry_dated_back_is_named() -> None:
    kept = WHOLE.copy()
    kept.write([500], NOW - WINDOW - 3 * MINUTE)
    kept.seal()
    kept.anchor(NOW)

    assert [(f.problem, f.where) for f in kept.findings()] == [(Problem.LATE, entry_id(500))]


@example(
    first="4e07408562bedb8b60ce05c1decfe3ad",
    second="4b227777d4dd1fc61c6f884f48641d02",
    rehash=True,
)
@given(first=ANYWHERE, second=ANYWHERE, rehash=st.booleans())
def test_two_entries_in_each_others_place_are_both_named(
    *, first: str, second: str, rehash: bool
) -> None:
    """Of neighbours with hashes of their own the later one: it alone told of the earlier one."""
    if first == second:
        return
    kept = WHOLE.copy()
    (shard, sequence), (other_shard, other_sequence) = place(kept, first), place(kept, second)
    neighbours = shard == other_shard and abs(sequence - other_sequence) == 1
    one, other = kept.entries[first], kept.entries[second]
    for name in ("shard", "sequence", "previous", "hash"):
        one[name], other[name] = other[name], one[name]
    if rehash:
        kept.rehash(first)
        kept.rehash(second)

    if rehash and neighbours:
        later = first if place(kept, first) > place(kept, second) else second
        assert later in named(kept.findings())
    else:
        assert {first, second} <= named(kept.findings())


@given(one=ANYWHERE)
def test_a_chain_written_anew_from_any_entry_disagrees_with_its_anchors(one: str) -> None:
    kept = WHOLE.copy()
    shard, sequence = place(kept, one)
    kept.entries[one]["actor"] = "nobody"
    kept.reseal()

    findings = kept.findings()

    (found,) = findings
    assert (found.problem, found.shard) == (Problem.REWRITTEN, shard)
    assert (shard, sequence) in places(findings, Problem.REWRITTEN)
    assert kept.entries[found.where]["shard"] == shard
    assert kept.entries[found.where]["sequence"] >= sequence


def test_a_log_written_anew_as_a_whole_disagrees_with_its_anchors_everywhere() -> None:
    kept = WHOLE.copy()
    for fields in kept.entries.values():
        fields["outcome"] = "refused"
    kept.reseal()

    findings = kept.findings()

    assert problems(findings) == {Problem.REWRITTEN}
    assert {(found.shard, found.sequence) for found in findings} == {
        (shard, 0) for shard in range(SHARDS)
    }


def test_it_still_disagrees_when_the_sealer_goes_on_and_anchors_the_new_chains() -> None:
    kept = WHOLE.copy()
    kept.entries[IDS[0]]["subject"] = "someone"
    kept.reseal()
    kept.write(range(100, 140), NOW)
    kept.seal()
    kept.anchor(NOW)

    assert problems(kept.findings()) == {Problem.REWRITTEN}


def test_a_removal_covered_up_by_new_chains_disagrees_with_the_anchors() -> None:
    for one in IDS:
        kept = WHOLE.copy()
        shard, _ = place(kept, one)
        del kept.entries[one]
        kept.reseal()

        assert {found.shard for found in kept.findings()} == {shard}, one


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("update", [{"hash": "f" * 64}, {"size": 10**15}, {"size": 0}, {"size": 1}])
def test_a_head_that_was_changed_is_told(shard: int, update: dict[str, Any]) -> None:
    kept = WHOLE.copy()
    kept.heads[shard] = kept.heads[shard].model_copy(update=update)

    findings = kept.findings()

    assert {found.shard for found in findings} == {shard}
    assert problems(findings) & {Problem.HEAD, Problem.TRUNCATED}


def test_a_change_of_any_byte_of_an_anchor_makes_it_forged() -> None:
    name, data = list(SMALL.anchors.items())[-1]
    kept = SMALL.copy()
    for at in range(len(data)):
        kept.anchors[name] = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert (Problem.FORGED, name) in {f[:2] for f in kept.findings()}, at
    for cut in (0, 1, len(data) - 1):
        kept.anchors[name] = data[:cut]
        assert (Problem.FORGED, name) in {f[:2] for f in kept.findings()}


def test_an_anchor_by_another_key_or_under_another_name_is_forged() -> None:
    other = Ed25519PrivateKey.generate()
    kept = WHOLE.copy()
    name = kept.anchor(NOW, signer=other)
    assert (Problem.FORGED, name) in {f[:2] for f in kept.findings()}

    name = kept.anchor(NOW, signer=other, key=f"{KEY}2")
    assert (Problem.FORGED, name) in {f[:2] for f in kept.findings()}

    kept = WHOLE.copy()
    first, *_ = kept.anchors
    kept.anchors["audit/heads/9999999999999999.json"] = kept.anchors[first]
    (found,) = kept.findings()
    assert found[:2] == (Problem.FORGED, "audit/heads/9999999999999999.json")


def test_missing_anchors_are_told_once_the_window_is_over() -> None:
    kept = WHOLE.copy()
    *_, last = kept.anchors
    del kept.anchors[last]

    assert kept.findings() == []
    findings = kept.findings(NOW + WINDOW)
    assert problems(findings) == {Problem.UNANCHORED}
    assert named(findings) <= set(IDS)


def test_an_unsealed_entry_is_told_once_the_window_is_over() -> None:
    kept = WHOLE.copy()
    kept.write([500], NOW)

    assert kept.findings(NOW + WINDOW) == []
    (found,) = kept.findings(NOW + WINDOW + MINUTE)
    assert found[:2] == (Problem.UNSEALED, entry_id(500))


def test_what_was_deleted_after_its_time_is_not_missed_and_nothing_else_may_be() -> None:
    start = NOW - KEPT - timedelta(days=30)
    kept = sealed(rounds=4, each=10, end=start)
    kept.write(range(100, 140), NOW)
    kept.seal()
    kept.anchor(NOW)
    for number in range(40):
        del kept.entries[entry_id(number)]
    assert kept.findings() == []

    for number in range(100, 140):
        less = kept.copy()
        at = place(less, entry_id(number))
        del less.entries[entry_id(number)]
        assert places(less.findings(), Problem.REMOVED) | places(
            less.findings(), Problem.TRUNCATED
        ) == {at}


def test_entries_of_the_last_days_of_their_time_are_missed() -> None:
    kept = sealed(rounds=4, each=10, end=NOW - KEPT + timedelta(days=2))
    del kept.entries[IDS[5]]

    assert problems(kept.findings()) & {Problem.REMOVED, Problem.TRUNCATED}


TAMPERINGS = st.sampled_from(["edit", "edit and rehash", "drop", "insert", "unseal"])


@settings(deadline=None)
@given(
    rounds=st.integers(1, 5),
    each=st.integers(1, 12),
    at=st.integers(0, 10**6),
    how=TAMPERINGS,
    anchored=st.booleans(),
)
def test_any_tampering_with_any_log_is_found(
    *, rounds: int, each: int, at: int, how: str, anchored: bool
) -> None:
    kept = sealed(rounds, each)
    if not anchored:
        kept.anchors.clear()
    one = entry_id(at % (rounds * each))
    where, fields = place(kept, one), kept.entries[one]
    match how:
        case "edit":
            kept.entries[one] = {**fields, "actor": "x"}
        case "edit and rehash":
            kept.entries[one] = {**fields, "actor": "x"}
            kept.rehash(one)
        case "drop":
            del kept.entries[one]
        case "insert":
            one = entry_id(10**7)
            kept.entries[one] = fields_of(1, NOW) | {"sequence": 0, "shard": shard_of(one)}
            kept.rehash(one)
        case "unseal":
            kept.entries[one] = {**fields, "sequence": None}

    findings = kept.findings()

    gone = places(findings, Problem.REMOVED) | places(findings, Problem.TRUNCATED)
    assert one in named(findings) or where in gone, findings
