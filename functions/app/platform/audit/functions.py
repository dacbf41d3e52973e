"""The Cloud Functions of the audit log: the sealer, and the search."""

import os
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from app.kit import clock
from app.kit.callables import Caller, callable_function
from app.kit.errors import InvalidArgumentError
from app.kit.limits import READS
from app.kit.roles import Role
from app.kit.triggers import schedule
from app.platform.audit import gateway, store
from app.platform.audit.models import (
    SHARDS,
    Action,
    Anchor,
    AuditEntry,
    AuditItem,
    AuditPage,
    ChainHead,
    Outcome,
    SearchAudit,
    Touched,
    shard_of,
)
from app.platform.audit.policy import anchors, chains
from app.platform.kms import gateway as kms

if TYPE_CHECKING:
    from app.kit.firestore import Snapshot
    from app.platform.audit.models import Place, StoredEntry

RUN_SECONDS = 30.0
"""A run leaves what is left to the next one, well before the platform ends it."""
MAX_ENTRIES = 800
"""How many entries are looked at together, for all chains."""
MAX_SEALED = 200
"""How many entries a commit places: few enough to be far from the time that a commit has."""
SIGN_SECONDS = 5.0


@schedule("every 1 minutes")
def audit_seal_every_minute() -> None:
    """Put entries that are in no chain yet in their chains, then anchor the heads.

    It can end anywhere and run any number of times at once: the commit of a chain is conditional
    on its head, and an anchor is made once. With nothing to do: one query, one read, and one look
    into the bucket; otherwise one query and one read more, and a commit for each chain.

    Errors: `unavailable` while database, KMS or bucket do not answer; what was sealed stays, and
    the next run anchors it.
    """
    end = time.monotonic() + RUN_SECONDS
    while _seal_some() and time.monotonic() < end:
        pass
    _anchor()


@callable_function(limits=READS, admitted=frozenset({Role.ADMIN}))
def audit_search(request: SearchAudit, caller: Caller) -> AuditPage:
    """Answer entries that match, newest first. The search is an entry itself, before its answer.

    One query and one commit. Errors: `invalid-argument` for a cursor that no page gave, or for a
    time `until` that is before `since`.
    """
    if request.since and request.until and request.until < request.since:
        raise InvalidArgumentError.of("until", "must not be before since")
    filters = {"subject": request.subject, "actor": request.actor, "action": request.action}
    equal = {name: value for name, value in filters.items() if value is not None}
    found, next_cursor = store.search(
        equal,
        since=request.since,
        until=request.until,
        limit=request.limit,
        cursor=request.cursor,
    )
    store.keep(
        store.entry(
            AuditEntry(
                at=clock.now(),
                actor=caller.uid,
                role=Role.ADMIN,
                purpose="audit",
                action=Action.SEARCH,
                subject=request.subject or "",
                touched=(Touched(path="audit_entries", fields=_filters(request)),),
                outcome=Outcome.ALLOWED,
            )
        )
    )
    items = (AuditItem(entry_id=entry_id, **_shown(entry)) for entry_id, entry in found)
    return AuditPage(items=tuple(items), next_cursor=next_cursor)


def _seal_some() -> bool:
    """Seal some entries of each chain; return whether that is worth doing again at once."""
    waiting = store.unsealed(MAX_ENTRIES)
    if not waiting:
        return False
    by_shard: defaultdict[int, list[Snapshot[Place]]] = defaultdict(list)
    for seen in waiting:
        by_shard[shard_of(seen.id)].append(seen)
    sealed = 0
    for shard, seen_head in store.heads_of(by_shard).items():
        head = seen_head.value or ChainHead(shard=shard)
        chained = []
        for seen in by_shard[shard][:MAX_SEALED]:
            if seen.value is not None:
                head, place = chains.add(head, seen.id, seen.value.model_dump(by_alias=True))
                chained.append((seen, place))
        if store.seal(seen_head, head, chained):
            sealed += len(chained)
    return sealed > 0 and (len(waiting) == MAX_ENTRIES or sealed < len(waiting))


def _anchor() -> None:
    """Sign all heads and keep them, unless these were kept before."""
    seen = store.heads_of(range(SHARDS)).values()
    heads = tuple(head.value for head in seen if head.value is not None)
    name = anchors.name(heads)
    if not heads or gateway.exists(name):
        return
    anchor = Anchor(at=clock.now(), heads=heads, key=os.environ["AUDIT_SIGNING_KEY"])
    until = time.monotonic() + SIGN_SECONDS
    signature = kms.sign(anchor.key, anchors.signed(anchor), until=until)
    gateway.create(name, anchors.write(anchor, signature))


def _shown(entry: "StoredEntry") -> dict[str, Any]:
    return {name: getattr(entry, name) for name in AuditItem.model_fields if name != "entry_id"}


def _filters(request: SearchAudit) -> tuple[str, ...]:
    """Return the names of what a search was narrowed by; the values may tell of people."""
    return tuple(sorted(request.model_fields_set - {"limit", "cursor"}))
