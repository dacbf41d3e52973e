"""Somebody of whom there is something everywhere, and what is left of them."""

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

import requests
from firebase_admin import auth
from google.cloud.firestore import Client

from tests.support.fixtures import DATABASES
from tests.support.patience import SOON_SECONDS
from tests.support.tokens import PROJECT

if TYPE_CHECKING:
    from tests.support.backend import Backend

BUCKET = f"{PROJECT}.appspot.com"
CONFIRMED = {"confirmation": "ERASE MY ACCOUNT"}
OF_EACH = 2
"""How many documents there are of each type that has an owner."""


def settle_in(uid: str, at: datetime) -> None:
    """Make an account, files, and documents of every type in the register."""
    from app.platform.records import vault  # reads the environment
    from app.platform.records.models import LAST_ACTIVITY
    from app.platform.records.register import TYPES
    from app.platform.records.vault import Owner, Record

    auth.create_user(uid=uid, email=f"{uid}@example.org", display_name=f"Name of {uid}")
    client = Client(project=PROJECT)
    batch = client.batch()
    for kind in TYPES.values():
        if kind.owner_field is None or kind.collection in {"person_keys", "erasures"}:
            continue
        for number in range(OF_EACH if kind.owner_field else 1):
            path = f"{kind.collection}/{f'{uid}-{number}' if kind.owner_field else uid}"
            fields: dict[str, Any] = {kind.owner_field: uid} if kind.owner_field else {}
            if kind.retention is not None and kind.retention.since != LAST_ACTIVITY:
                fields[kind.retention.since] = at
            if kind.access is not None:
                values = dict.fromkeys(kind.access.fields, f"Confided by {uid}")
                fields["sealed"] = vault.seal(Record(uid, path), values, by=Owner(uid)).fields
            if kind.collection == "customers":  # whose number Stripe is asked to forget
                fields |= {"customerId": "cus_leaver", "createdAt": at}
            batch.set(client.document(path), fields)
    batch.commit()
    for name in ("one.zip", "two.zip"):
        store_file(f"exports/{uid}/{name}")


def ask(backend: "Backend", uid: str, **changed: Any) -> Any:
    """Ask for the person's erasure."""
    request = {"idempotencyKey": str(uuid4()), **CONFIRMED, **changed}
    return backend.call("privacy_erase", request, uid=uid)


def store_file(path: str) -> None:
    """Store a file, past the rules."""
    requests.post(
        f"{os.environ['STORAGE_EMULATOR_HOST']}/upload/storage/v1/b/{BUCKET}/o",
        params={"uploadType": "media", "name": path},
        data=b"kept",
        headers={"Content-Type": "text/plain"},
        timeout=SOON_SECONDS,
    ).raise_for_status()


def delete_files() -> None:
    """Delete all files, for the tests that come after."""
    url = f"{os.environ['STORAGE_EMULATOR_HOST']}/storage/v1/b/{BUCKET}/o"
    for item in requests.get(url, timeout=SOON_SECONDS).json().get("items", []):
        requests.delete(
            f"{url}/{quote(item['name'], safe='')}", timeout=SOON_SECONDS
        ).raise_for_status()


def files(uid: str) -> list[str]:
    """Return the paths of the person's files."""
    url = f"{os.environ['STORAGE_EMULATOR_HOST']}/storage/v1/b/{BUCKET}/o"
    found = requests.get(url, timeout=SOON_SECONDS).json().get("items", [])
    return [item["name"] for item in found if uid in item["name"]]


def has_account(uid: str) -> bool:
    """Whether the person can sign in."""
    try:
        auth.get_user(uid)
    except auth.UserNotFoundError:
        return False
    return True


def places(uid: str) -> set[str]:
    """Return the collections where any document names the person."""
    return {
        collection.id
        for database in DATABASES
        for collection in Client(project=PROJECT, database=database).collections()
        for document in collection.stream()
        if uid in document.id or uid in repr(document.to_dict())
    }
