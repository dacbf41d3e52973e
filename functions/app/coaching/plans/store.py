"""The only code that reads or writes the collections of plans."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from app.coaching.assessments.models.documents import SealedRecord
from app.coaching.generation import store as generation
from app.coaching.plans.models import DevelopmentPlan, Plan, PlanState, PlanWish
from app.kit import firestore
from app.kit.errors import NotFoundError
from app.kit.firestore import Collection, Snapshot, Write
from app.platform.consents import store as consents
from app.platform.consents.models import ConsentKind
from app.platform.consents.policy import allows
from app.platform.model.models import Resource
from app.platform.records import vault
from app.platform.records.vault import Actor, Opening, Owner, Purpose, Record, System

plans = Collection("plans", Plan)
states = Collection("plan_state", PlanState)
_requests = Collection("plan_requests", SealedRecord)
_records = Collection("plan_records", SealedRecord)

_RESOURCES = TypeAdapter(tuple[Resource, ...], config=ConfigDict(defer_build=True))


@dataclass(frozen=True)
class Opened:
    """All that belongs to a plan, opened."""

    live: Plan
    wish: PlanWish
    plan: DevelopmentPlan | None
    resources: tuple[Resource, ...]


def request(plan_id: str, live: Plan, wish: PlanWish, state: Snapshot[PlanState]) -> list[Write]:
    """Return the writes that ask for a plan, on condition that `state` is as it was seen.

    Raises:
        UnavailableError: the person's key cannot be had now; nothing may be stored.
    """
    sealed, trail = vault.seal(
        _request(live.uid, plan_id),
        wish.model_dump(mode="json", by_alias=True),
        by=Owner(live.uid),
    )
    return [
        plans.create(plan_id, live),
        _requests.create(plan_id, SealedRecord(uid=live.uid, sealed=sealed)),
        states.replace(state, PlanState(latest_plan_id=plan_id)),
        *trail,
    ]


def wish_of(plan_id: str, *, uid: str, by: Actor) -> tuple[Opening[PlanWish], bool]:
    """Return what a plan was asked for, to be opened, and whether a model may read it.

    One batched read.

    Raises:
        NotFoundError: it was erased.
    """
    asked, consent = firestore.read(_requests.key(plan_id), consents.states.key(uid))
    if asked.value is None:
        raise NotFoundError("There is no such plan.")
    opening = vault.opening((_request(uid, plan_id), asked.value.sealed), by=by).then(
        lambda opened: _wish(opened[0])
    )
    return opening, allows(consent.value, ConsentKind.PROCESSING)


def load(plan_id: str, *, uid: str, by: Actor) -> Opened:
    """Return a plan of `uid` with everything that belongs to it.

    One batched read, and one commit of the audit.

    Raises:
        NotFoundError: there is none, or it is another person's.
    """
    live, asked, record = firestore.read(
        plans.key(plan_id), _requests.key(plan_id), _records.key(plan_id)
    )
    if live.value is None or live.value.uid != uid or asked.value is None:
        raise NotFoundError("There is no such plan.")
    places = [(_request(uid, plan_id), asked.value.sealed)]
    if record.value is not None:
        places.append((_record(uid, plan_id), record.value.sealed))
    wish, *rest = vault.opening(*places, by=by).now()
    written = rest[0] if rest else {"plan": None, "resources": []}
    return Opened(
        live=live.value,
        wish=_wish(wish),
        plan=TypeAdapter(DevelopmentPlan | None).validate_json(json.dumps(written["plan"])),
        resources=_RESOURCES.validate_json(json.dumps(written["resources"])),
    )


def complete(
    plan_id: str,
    uid: str,
    plan: DevelopmentPlan,
    resources: tuple[Resource, ...],
    change: Callable[[Plan], Plan],
) -> None:
    """Store a plan sealed and `change` the live document, in one commit.

    Raises:
        NotFoundError: the plan was erased.
        NotYoursError: another worker has it, or it is ready.
    """
    sealed = {
        "plan": plan.model_dump(mode="json", by_alias=True),
        "resources": _RESOURCES.dump_python(resources, mode="json", by_alias=True),
    }
    fields, trail = vault.seal(_record(uid, plan_id), sealed, by=System(Purpose.ANALYSIS))
    record = SealedRecord(uid=uid, sealed=fields)
    generation.complete(plans, plan_id, change, _records.put(plan_id, record), *trail)


def page_of(
    uid: str, *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, Plan]], str | None]:
    """Return a page of the person's plans, newest first, and the next cursor. One query."""
    return plans.newest(of={"uid": uid}, by="requestedAt", limit=limit, cursor=cursor)


def stuck(at: datetime, *, limit: int) -> list[str]:
    """Return the ids of plans that nobody writes though somebody should. One query."""
    return generation.stuck(plans, at=at, limit=limit)


def _wish(opened: dict[str, Any]) -> PlanWish:
    return PlanWish.model_validate_json(json.dumps(opened))


def _request(uid: str, plan_id: str) -> Record:
    return Record(uid, f"plan_requests/{plan_id}")


def _record(uid: str, plan_id: str) -> Record:
    return Record(uid, f"plan_records/{plan_id}")
