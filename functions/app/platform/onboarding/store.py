"""The only code that reads or writes `onboarding`."""

import json
from datetime import datetime
from typing import NamedTuple

from app.kit.firestore import Collection, Snapshot, Write
from app.platform.onboarding.models import Answers, Progress, StoredOnboarding
from app.platform.records import vault
from app.platform.records.vault import Opening, Owner, Record

onboarding = Collection("onboarding", StoredOnboarding)


class Kept(NamedTuple):
    """What a person answered and marked."""

    answers: Answers | None = None
    progress: Progress = Progress()


def opening(uid: str, stored: StoredOnboarding | None) -> Opening[Kept]:
    """Return leave to open what is kept for a person, nothing before they told anything.

    Raises:
        UnavailableError: the person's key cannot be had now.
    """
    if stored is None:
        return Opening((), Kept)
    sealed = vault.opening((_record(uid), stored.sealed), by=Owner(uid))
    return sealed.then(lambda values: _kept(*values))


def changed(seen: Snapshot[StoredOnboarding], kept: Kept, at: datetime) -> tuple[Write, ...]:
    """Return the writes that keep answers and progress. Both are sealed anew, whichever changed.

    Raises:
        UnavailableError: the person's key cannot be had now; nothing may be stored.
    """
    answers = None if kept.answers is None else kept.answers.model_dump(mode="json")
    progress = kept.progress.model_dump(mode="json")
    values = {"answers": answers, "progress": progress}
    sealed, trail = vault.seal(_record(seen.id), values, by=Owner(seen.id))
    return onboarding.replace(seen, StoredOnboarding(sealed=sealed, updated_at=at)), *trail


def _kept(values: dict[str, object]) -> Kept:
    answers = values["answers"]
    return Kept(
        None if answers is None else Answers.model_validate_json(json.dumps(answers)),
        Progress.model_validate(values["progress"]),
    )


def _record(uid: str) -> Record:
    return Record(uid, f"onboarding/{uid}")
