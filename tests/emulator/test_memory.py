"""The stand-ins in memory answer as the emulators do: the same random calls, side by side."""

import contextlib
import os
import random

import pytest
import requests
from google.api_core.exceptions import PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.cloud.firestore import Client

from app.kit import firestore
from app.kit.firestore import Collection, ConflictError
from app.kit.model import Document
from tests.support.memory import MemoryFirestore, MemoryStorage


class Thing(Document):
    kind: str
    rank: int
    places: dict[str, int]


things = Collection("test_things", Thing)
IDS = "abcde"


@contextlib.contextmanager
def in_memory():
    """Lead `app.kit.firestore` to a database in memory."""
    client = Client(project="memory", credentials=AnonymousCredentials())
    client._firestore_api_internal = MemoryFirestore()  # noqa: SLF001  # the seam it stands at
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(firestore, "client", lambda _database=firestore.DEFAULT: client)
        yield


def story(seed):
    """Write and read at random; return all that was answered."""
    chance = random.Random(seed)  # noqa: S311  # a story, no secret
    told = []
    seen = {}
    for _ in range(40):
        name = chance.choice(IDS)
        thing = Thing(
            kind=chance.choice("xy"),
            rank=chance.randint(0, 3),
            places={chance.choice("pq"): chance.randint(0, 9)},
        )
        if chance.random() < 0.3 or name not in seen:
            (seen[name],) = firestore.read(things.key(name))
            told.append(seen[name].value)
        also = things.put(chance.choice(IDS), thing) if chance.random() < 0.2 else None
        write = chance.choice(
            [
                things.create(name, thing),
                things.put(name, thing),
                things.replace(seen[name], thing),
                things.delete(seen[name]) if seen[name].seen_at else things.put(name, thing),
            ]
        )
        try:
            firestore.commit(write, *([also] if also and also is not write else []))
            told.append("written")
        except ConflictError:
            told.append("conflict")
        told.append(answers(chance))
    return told


def answers(chance):
    """Return what a random query finds."""
    limit = chance.randint(1, 6)
    place = chance.choice("pq")
    match chance.randint(0, 4):
        case 0:
            found = things.find(equal={"kind": "x"}, limit=limit)
        case 1:
            found = things.find(order_by="rank", limit=limit, after=(1, chance.choice(IDS)))
        case 2:
            found = things.find(
                order_by=f"places.{place}",
                before={f"places.{place}": 5},
                descending=True,
                limit=limit,
            )
        case 3:
            found = things.find(since={"rank": 1}, order_by="rank", limit=limit)
        case _:
            found = things.find(after_id=chance.choice(IDS), limit=limit)
    return [(one.id, one.value) for one in found]


@pytest.mark.parametrize("seed", range(8))
def test_firestore_in_memory_answers_as_the_emulator(admin, seed):
    emulated = story(seed)

    with in_memory():
        assert story(seed) == emulated


def objects(url):
    """Write and read objects with conditions; return what was answered."""
    client = storage.Client(
        project="memory", client_options={"api_endpoint": url}, use_auth_w_custom_endpoint=False
    )
    bucket = client.bucket(os.environ["LEDGER_BUCKET"])
    blob = bucket.blob("tile/0/000.p/1")
    told = []

    def write(data, over):
        try:
            blob.upload_from_string(data, if_generation_match=over, retry=None, timeout=10)
        except PreconditionFailed:
            told.append("refused")
        else:
            told.append("written")

    write(b"one\r\n--", 0)
    write(b"two", 0)
    told.append(blob.download_as_bytes(retry=None))
    first = blob.generation
    write(b"\r\nthree\r\n", first)
    write(b"four", first)
    told.append(bucket.blob("tile/0/000.p/1").download_as_bytes(retry=None))
    return told


def test_storage_in_memory_answers_as_the_emulator_behind_the_proxy(backend, monkeypatch):
    emulated = objects(os.environ["STORAGE_API_BASE"])
    memory = MemoryStorage()
    monkeypatch.setattr(requests.Session, "send", lambda _, request, **__: memory.send(request))

    assert objects("http://storage.memory") == emulated
    assert emulated.count("refused") == 2
