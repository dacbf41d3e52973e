"""A small audit log, sealed and anchored as the backend does it, to be tampered with."""

import copy
import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.platform.audit.models import (
    Action,
    Anchor,
    AuditEntry,
    ChainHead,
    Outcome,
    StoredEntry,
    Touched,
    shard_of,
)
from app.platform.audit.policy import anchors, chains
from app.platform.audit.policy.check import Finding, Log, check

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KEPT = timedelta(days=7 * 366)
KEY = "keys/audit/cryptoKeyVersions/1"
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def entry_id(number: int) -> str:
    return hashlib.sha256(b"%d" % number).hexdigest()[:32]


def fields_of(number: int, at: datetime) -> dict[str, Any]:
    """Return what is stored of a new entry."""
    entry = AuditEntry(
        at=at,
        actor=f"actor{number % 3}",
        role="owner",
        purpose="self",
        action=Action.READ,
        subject=f"subject{number % 5}",
        touched=(Touched(path=f"plans/{number}", fields=("goals", "plan")),),
        outcome=Outcome.ALLOWED,
        grant_id="g1" if number % 2 else None,
    )
    stored = StoredEntry(**dict(entry), shard=shard_of(entry_id(number)))
    return stored.model_dump(by_alias=True)


@dataclass
class Kept:
    """Everything that the verifier reads."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    heads: dict[int, ChainHead] = field(default_factory=dict)
    anchors: dict[str, bytes] = field(default_factory=dict)

    def copy(self) -> "Kept":
        return copy.deepcopy(self)

    def write(self, numbers: Iterable[int], at: datetime) -> None:
        for number in numbers:
            self.entries[entry_id(number)] = fields_of(number, at)

    def seal(self) -> None:
        for one, fields in list(self.entries.items()):
            if fields["sequence"] is None:
                shard = shard_of(one)
                head = self.heads.get(shard, ChainHead(shard=shard))
                self.heads[shard], place = chains.add(head, one, fields)
                self.entries[one] = {**fields, **place.model_dump(by_alias=True)}

    def anchor(self, at: datetime, *, signer: Ed25519PrivateKey = SIGNER, key: str = KEY) -> str:
        heads = tuple(self.heads[shard] for shard in sorted(self.heads))
        made = Anchor(at=at, heads=heads, key=key)
        name = anchors.name(heads)
        self.anchors[name] = anchors.write(made, signer.sign(anchors.signed(made)))
        return name

    def reseal(self) -> None:
        """Make all chains anew from what is stored, as whoever owns the database can."""
        order = sorted(self.entries, key=lambda one: (self.entries[one]["sequence"] or 0, one))
        self.heads = {}
        for one in order:
            self.entries[one] |= {"sequence": None, "previous": "", "hash": ""}
        self.entries = {one: self.entries[one] for one in order}
        self.seal()

    def rehash(self, one: str) -> None:
        """Let an entry's hash be its own again."""
        self.entries[one]["hash"] = chains.digest(one, self.entries[one])

    def chains(self) -> dict[int, list[str]]:
        """Return the ids of each chain in order."""
        found = defaultdict(list)
        for one in sorted(self.entries, key=lambda one: self.entries[one]["sequence"] or 0):
            if self.entries[one]["sequence"] is not None:
                found[self.entries[one]["shard"]].append(one)
        return dict(found)

    def findings(self, now: datetime = NOW) -> list[Finding]:
        return check(
            Log(
                entries=self.entries.items(),
                before=self.heads,
                after=self.heads,
                anchors=self.anchors.items(),
                signed_by=signed_by,
                now=now,
                kept=KEPT,
            )
        )


def signed_by(key: str, data: bytes, signature: bytes) -> bool:
    if key != KEY:
        return False
    try:
        SIGNER.public_key().verify(signature, data)
    except InvalidSignature:
        return False
    return True


def sealed(rounds: int, each: int, end: datetime = NOW) -> Kept:
    """Return a log of some rounds of a minute, each with new entries, sealed and anchored."""
    kept = Kept()
    for number in range(rounds):
        at = end - (rounds - number) * MINUTE
        kept.write(range(number * each, (number + 1) * each), at)
        kept.seal()
        kept.anchor(at + MINUTE / 2)
    return kept


def changed(value: Any) -> list[Any]:
    """Return values that differ from one that is stored: by any of its bytes, and altogether."""
    others: list[Any] = []
    match value:
        case None:
            others = ["", 0, False]
        case bool():
            others = [not value, int(value)]
        case int():
            others = [value + 1, value - 1, float(value), str(value)]
        case str():
            others = [f"{value}x"]
            for place, letter in enumerate(value):
                others.append(value[:place] + chr(ord(letter) ^ 1) + value[place + 1 :])
        case datetime():
            moved = value + timedelta(microseconds=1)
            others = [moved, value - MINUTE, value.isoformat()]
        case list() | tuple():
            whole = list(value)
            others = [whole[1:], [*whole, *whole]]
            for place, item in enumerate(whole):
                others += [[*whole[:place], o, *whole[place + 1 :]] for o in changed(item)]
        case dict():
            others = [{**value, n: other} for n, item in value.items() for other in changed(item)]
    return others
