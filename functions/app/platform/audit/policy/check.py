"""The check of the whole log: what was edited, removed, inserted, cut off, and where.

A hash needs no secret, so whoever can write the database can make chains that agree with
themselves. What cannot be made again is an anchor: a signed head that is kept elsewhere.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.platform.audit.models import SHARDS, Anchor, ChainHead, shard_of
from app.platform.audit.policy import anchors, chains
from app.platform.audit.policy.walk import WINDOW, Chain, Entry, Finding, Pins, Problem, Walk

__all__ = ["WINDOW", "Finding", "Log", "Problem", "check"]

SLACK = timedelta(days=1)
"""How much sooner than it may an entry can be deleted: not all clocks and times are one."""


@dataclass(frozen=True)
class Log:
    """What is checked.

    Attributes:
        entries: id and stored fields of every document.
        before: the heads as they were before the entries were read.
        after: the heads as they were afterwards.
        anchors: name and content of every object.
        signed_by: whether a signature (the last) of some bytes is by this version of our key.
        now: the time of the check.
        kept: how long entries are kept.
    """

    entries: Iterable[tuple[str, Mapping[str, Any]]]
    before: Mapping[int, ChainHead]
    after: Mapping[int, ChainHead]
    anchors: Iterable[tuple[str, bytes]]
    signed_by: Callable[[str, bytes, bytes], bool]
    now: datetime
    kept: timedelta


def check(log: Log) -> list[Finding]:
    """Return everything that is wrong with a log; nothing where it is whole."""
    pins, findings = _pins(log)
    by_shard, of_entries = _placed(log)
    findings += of_entries
    for shard in range(SHARDS):
        none = ChainHead(shard=shard)
        heads = (log.before.get(shard, none), log.after.get(shard, none))
        walk = Walk(shard, by_shard[shard], pins[shard], heads, log.now)
        findings += walk.findings(expired=pins[shard].expired(log.now - log.kept + SLACK))
    return findings


def _pins(log: Log) -> tuple[defaultdict[int, Pins], list[Finding]]:
    pins: defaultdict[int, Pins] = defaultdict(Pins)
    genuine, findings = [], []
    for name, data in log.anchors:
        anchor = _genuine(name, data, log)
        if anchor is None:
            findings.append(Finding(Problem.FORGED, name))
        else:
            genuine.append(anchor)
    for anchor in sorted(genuine, key=lambda one: one.at):
        heads = {head.shard: head for head in anchor.heads}
        for shard in range(SHARDS):
            pins[shard].add(heads.get(shard, ChainHead(shard=shard)), anchor.at)
    return pins, findings


def _genuine(name: str, data: bytes, log: Log) -> Anchor | None:
    try:
        anchor, signature = anchors.read(name, data)
    except ValueError:
        return None
    signed = log.signed_by(anchor.key, anchors.signed(anchor), signature)
    return anchor if signed else None


def _placed(log: Log) -> tuple[defaultdict[int, Chain], list[Finding]]:
    """Return the entries of all chains by their places, and what is wrong with others."""
    by_shard: defaultdict[int, Chain] = defaultdict(lambda: defaultdict(list))
    findings = []
    for entry_id, fields in log.entries:
        shard, at, sequence = shard_of(entry_id), fields.get("at"), fields.get("sequence")
        own, previous = fields.get("hash"), fields.get("previous")
        if fields.get("shard") != shard or not isinstance(at, datetime):
            findings.append(Finding(Problem.EDITED, entry_id))
            at = log.now
        if type(sequence) is int and isinstance(own, str) and isinstance(previous, str):
            sound = chains.digest(entry_id, fields) == own
            by_shard[shard][sequence].append(Entry(entry_id, previous, own, sound, at))
        elif (sequence, previous, own) != (None, "", ""):
            findings.append(Finding(Problem.EDITED, entry_id))
        elif at < log.now - WINDOW:
            findings.append(Finding(Problem.UNSEALED, entry_id))
    return by_shard, findings
