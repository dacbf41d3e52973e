"""The only code that reads or writes the collections of assessments."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from app.coaching.assessments.models.analysis import Analysis
from app.coaching.assessments.models.answers import Answers, LearningStyle
from app.coaching.assessments.models.documents import (
    Assessment,
    AssessmentState,
    SealedRecord,
)
from app.coaching.assessments.models.readiness import ReadinessSummary
from app.coaching.generation import store as generation
from app.kit import firestore
from app.kit.errors import NotFoundError
from app.kit.firestore import Collection, Snapshot, Write
from app.platform.consents import store as consents
from app.platform.consents.models import ConsentKind
from app.platform.consents.policy import allows
from app.platform.model.models import Resource
from app.platform.records import vault
from app.platform.records.vault import Actor, Opening, Owner, Purpose, Record, System

assessments = Collection("assessments", Assessment)
states = Collection("assessment_state", AssessmentState)
_records = Collection("assessment_records", SealedRecord)
_analyses = Collection("analyses", SealedRecord)

_RESOURCES = TypeAdapter(tuple[Resource, ...], config=ConfigDict(defer_build=True))


@dataclass(frozen=True)
class Result:
    """All that belongs to an assessment, opened."""

    assessment: Assessment
    answers: Answers
    readiness: ReadinessSummary
    analysis: Analysis | None
    resources: tuple[Resource, ...]


def submission(
    assessment_id: str,
    assessment: Assessment,
    answers: Answers,
    readiness: ReadinessSummary,
    state: Snapshot[AssessmentState],
) -> list[Write]:
    """Return the writes that store an assessment, on condition that `state` is as it was seen.

    Raises:
        UnavailableError: the person's key cannot be had now; nothing may be stored.
    """
    uid = assessment.uid
    sealed_readiness = {"readiness": readiness.model_dump(mode="json", by_alias=True)}
    sealed = answers.model_dump(mode="json", by_alias=True) | sealed_readiness
    answers_in, trail = vault.seal(_record(uid, assessment_id), sealed, by=Owner(uid))
    readiness_in, more = vault.seal(_state(uid), sealed_readiness, by=Owner(uid))
    latest = AssessmentState(
        latest_assessment_id=assessment_id,
        submitted_at=assessment.submitted_at,
        sealed=readiness_in,
    )
    return [
        assessments.create(assessment_id, assessment),
        _records.create(assessment_id, SealedRecord(uid=uid, sealed=answers_in)),
        states.replace(state, latest),
        *trail,
        *more,
    ]


def readiness_in(state: AssessmentState, uid: str, *, by: Actor) -> Opening[ReadinessSummary]:
    """Return the readiness that the person's state holds, to be opened."""

    def readiness(opened: tuple[dict[str, Any], ...]) -> ReadinessSummary:
        (fields,) = opened
        return ReadinessSummary.model_validate_json(json.dumps(fields["readiness"]))

    return vault.opening((_state(uid), state.sealed), by=by).then(readiness)


def load(assessment_id: str, *, uid: str, by: Actor) -> Result:
    """Return an assessment of `uid` with everything that belongs to it.

    One batched read, and one commit of the audit.

    Raises:
        NotFoundError: there is none, or it is another person's.
    """
    live, record, analysis = firestore.read(
        assessments.key(assessment_id), _records.key(assessment_id), _analyses.key(assessment_id)
    )
    if live.value is None or live.value.uid != uid or record.value is None:
        raise NotFoundError("There is no such assessment.")
    places = [(_record(uid, assessment_id), record.value.sealed)]
    if analysis.value is not None:
        places.append((_analysis(uid, assessment_id), analysis.value.sealed))
    opened, *rest = vault.opening(*places, by=by).now()
    readiness = opened.pop("readiness")
    written = rest[0] if rest else {"analysis": None, "resources": []}
    return Result(
        assessment=live.value,
        answers=Answers.model_validate_json(json.dumps(opened)),
        readiness=ReadinessSummary.model_validate_json(json.dumps(readiness)),
        analysis=TypeAdapter(Analysis | None).validate_json(json.dumps(written["analysis"])),
        resources=_RESOURCES.validate_json(json.dumps(written["resources"])),
    )


def answers(assessment_id: str, *, uid: str, by: Actor) -> tuple[Opening[Answers], bool]:
    """Return the answers of an assessment, to be opened, and whether a model may read them.

    One batched read.

    Raises:
        NotFoundError: it was erased.
    """
    record, consent = firestore.read(_records.key(assessment_id), consents.states.key(uid))
    if record.value is None:
        raise NotFoundError("There is no such assessment.")
    sealed = {name: value for name, value in record.value.sealed.items() if name != "readiness"}
    opening = vault.opening((_record(uid, assessment_id), sealed), by=by).then(
        lambda opened: Answers.model_validate_json(json.dumps(opened[0]))
    )
    return opening, allows(consent.value, ConsentKind.PROCESSING)


def basis(assessment_id: str, *, uid: str, by: Actor) -> Opening[tuple[Analysis, LearningStyle]]:
    """Return what a plan is made from, to be opened, and nothing else. One batched read.

    Raises:
        NotFoundError: there is no such analysis, or it is another person's.
    """
    record, analysis = firestore.read(_records.key(assessment_id), _analyses.key(assessment_id))
    if record.value is None or analysis.value is None:
        raise NotFoundError("There is no such analysis.")
    style = {"learningStyle": record.value.sealed["learningStyle"]}
    text = {"analysis": analysis.value.sealed["analysis"]}

    def made_from(opened: tuple[dict[str, Any], ...]) -> tuple[Analysis, LearningStyle]:
        answer, written = opened
        return (
            Analysis.model_validate_json(json.dumps(written["analysis"])),
            LearningStyle(answer["learningStyle"]),
        )

    return vault.opening(
        (_record(uid, assessment_id), style), (_analysis(uid, assessment_id), text), by=by
    ).then(made_from)


def complete(
    assessment_id: str,
    uid: str,
    analysis: Analysis,
    resources: tuple[Resource, ...],
    change: Callable[[Assessment], Assessment],
) -> None:
    """Store an analysis sealed and `change` the live document, in one commit.

    Raises:
        NotFoundError: the assessment was erased.
        NotYoursError: another worker has it, or it is done.
    """
    sealed = {
        "analysis": analysis.model_dump(mode="json", by_alias=True),
        "resources": _RESOURCES.dump_python(resources, mode="json", by_alias=True),
    }
    fields, trail = vault.seal(_analysis(uid, assessment_id), sealed, by=System(Purpose.ANALYSIS))
    record = SealedRecord(uid=uid, sealed=fields)
    write = _analyses.put(assessment_id, record)
    generation.complete(assessments, assessment_id, change, write, *trail)


def page_of(
    uid: str, *, limit: int, cursor: str | None
) -> tuple[list[tuple[str, Assessment]], str | None]:
    """Return a page of the person's assessments, newest first, and the next cursor. One query."""
    return assessments.newest(of={"uid": uid}, by="submittedAt", limit=limit, cursor=cursor)


def stuck(at: datetime, *, limit: int) -> list[str]:
    """Return the ids of assessments that nobody analyzes though somebody should. One query."""
    return generation.stuck(assessments, at=at, limit=limit)


def _record(uid: str, assessment_id: str) -> Record:
    return Record(uid, f"assessment_records/{assessment_id}")


def _analysis(uid: str, assessment_id: str) -> Record:
    return Record(uid, f"analyses/{assessment_id}")


def _state(uid: str) -> Record:
    return Record(uid, f"assessment_state/{uid}")
