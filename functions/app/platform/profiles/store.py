"""The only code that reads or writes `profiles`."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.kit.firestore import Collection, Snapshot, Write
from app.platform.profiles.models import Profile, StoredProfile
from app.platform.records import vault
from app.platform.records.vault import Actor, Owner, Record

profiles = Collection("profiles", StoredProfile)


def changed(
    seen: Snapshot[StoredProfile], values: Mapping[str, Any], at: datetime
) -> tuple[tuple[Write, ...], frozenset[str]]:
    """Return the writes that set fields (None clears one), and the fields that are then there.

    Raises:
        UnavailableError: the person's key cannot be had now; nothing may be stored.
    """
    uid = seen.id
    given = {field: value for field, value in values.items() if value is not None}
    fields, trail = vault.seal(_record(uid), given, by=Owner(uid))
    before = {} if seen.value is None else seen.value.sealed
    kept = {field: value for field, value in before.items() if field not in values}
    sealed = kept | fields
    stored = StoredProfile(sealed=sealed, updated_at=at)
    return (profiles.replace(seen, stored), *trail), frozenset(sealed)


def opened(uid: str, *, by: Actor) -> Profile:
    """Return a person's profile, empty before they wrote anything. One read, one commit.

    Raises:
        UnavailableError: the person's key cannot be had now.
    """
    stored = profiles.get(uid)
    if stored is None:
        return Profile()
    values = vault.open_now(_record(uid), stored.sealed, by=by)
    return Profile.model_validate_json(json.dumps(values))


def name_of(uid: str, *, by: Actor) -> tuple[str | None, str | None]:
    """Return a person's first and last name, as far as they told them. One read, one commit.

    Raises:
        NotFoundError: the person was erased.
        UnavailableError: the person's key cannot be had now.
    """
    stored = profiles.get(uid)
    sealed = {} if stored is None else stored.sealed
    told = {name: value for name, value in sealed.items() if name in {"firstName", "lastName"}}
    values = vault.open_now(_record(uid), told, by=by)
    return values.get("firstName"), values.get("lastName")


def _record(uid: str) -> Record:
    return Record(uid, f"profiles/{uid}")
