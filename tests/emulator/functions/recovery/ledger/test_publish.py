"""The public log: tiles and checkpoints in the bucket, and what stops them and what does not."""

import json
import os
import time
from datetime import timedelta

import grpc
import pytest
import requests
from google.cloud.kms_v1 import KeyManagementServiceClient
from google.cloud.kms_v1.services.key_management_service.transports import (
    KeyManagementServiceGrpcTransport,
)

from app.platform.storage import gateway as storage
from app.platform.storage.gateway import Served
from app.recovery.ledger import publishing, sequencer, store, witnessing
from app.recovery.ledger.policy import batches, notes
from app.recovery.ledger.policy.notes import Key
from sandbox.kms.server import SIGNING_KEY
from tests.emulator.functions.recovery.ledger import bucket, money
from tests.support.errors import CallError

FOR_EVER = {"times": -1}


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """Take no pause between batches."""
    monkeypatch.setattr(sequencer, "BATCH_INTERVAL", timedelta())


@pytest.fixture
def give(backend):
    """Let people give, and the ledger take it in."""

    def give(*names):
        for name in names:
            backend.deliver("ledger_on_movement_created", money.give(name))
        backend.tick("ledger_sequence_every_minute")

    return give


def checkpoint():
    """Return the public checkpoint, unsigned, and its note."""
    note = notes.read(bucket.get("checkpoint").content)
    return notes.read_checkpoint(note.text), note


def signers():
    return [signature.name for signature in checkpoint()[1].signatures]


def errors(capsys):
    """Return the messages of what was logged as an error."""
    return [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()]


def test_what_is_sequenced_is_public_and_signed(give):
    log = bucket.public_log()
    give("g1", "g2")

    assert len(bucket.audited(log)) == 2
    assert checkpoint()[0].size == 2
    give("g3")
    assert len(bucket.audited(log)) == 3


def test_files_are_served_to_pages_of_any_origin(give):
    give("g1")

    first = bucket.get("checkpoint", Origin="https://elsewhere.example")
    tile = bucket.get("tile/entries/000.p/1", Origin="https://elsewhere.example")

    assert first.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert first.headers["Cache-Control"] == "public, max-age=5"
    assert tile.headers["Content-Type"] == "application/octet-stream"
    assert tile.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert {a.headers["Access-Control-Allow-Origin"] for a in (first, tile)} == {"*"}
    assert bucket.get("tile/0/001").status_code == 404
    asked = requests.options(f"{os.environ['LEDGER_URL']}/checkpoint", timeout=10)
    assert asked.headers["Access-Control-Allow-Methods"] == "GET, HEAD"


def test_ledger_log_says_where_the_log_is_and_how_far(backend, give):
    empty = backend.get("ledger_log")
    give("g1")

    told = backend.get("ledger_log")

    assert (empty["size"], empty["publishedSize"], empty["publishedAt"]) == (0, 0, None)
    assert (told["size"], told["publishedSize"]) == (1, 1)
    assert told["publishedAt"]
    assert told["url"] == os.environ["LEDGER_URL"]
    keys = [Key.read(vkey) for vkey in (*told["keys"], *told["witnesses"])]
    assert len(notes.signed_by(checkpoint()[1], keys)) == 2
    assert told["origin"] == checkpoint()[0].origin


def test_ledger_log_is_unavailable_while_a_key_is_not_there(backend, monkeypatch):
    monkeypatch.setenv("LEDGER_KEYS", f"{os.environ['LEDGER_KEYS'].rpartition('/')[0]}/99")

    with pytest.raises(CallError) as refusal:
        backend.get("ledger_log")

    assert (refusal.value.http_status, refusal.value.status) == (503, "UNAVAILABLE")


def test_a_batch_without_entries_needs_no_checkpoint(backend, admin, give):
    bad = money.give("bad")
    admin.document(f"payment_movements/{bad}").update({"netCents": 1})
    backend.deliver("ledger_on_movement_created", bad)
    backend.tick("ledger_sequence_every_minute")
    assert (store.heads.get(store.MAIN).batches, bucket.files()) == (1, {})
    assert backend.get("ledger_log")["publishedAt"] is None

    give("g1")

    assert len(bucket.audited()) == 1
    assert store.progresses.get(store.MAIN).published == 2


def test_a_backlog_becomes_public_some_batches_at_a_time(backend, monkeypatch, kms):
    monkeypatch.setattr(batches, "MAX_ENTRIES", 1)
    monkeypatch.setattr(publishing, "MAX_BATCHES", 2)
    kms.inject({"method": "AsymmetricSign", "code": "UNAVAILABLE", **FOR_EVER})
    for n in range(5):
        backend.deliver("ledger_on_movement_created", money.give(f"g{n}"))
    backend.tick("ledger_sequence_every_minute")
    assert store.heads.get(store.MAIN).batches == 5
    kms.reset()

    backend.tick("ledger_sequence_every_minute")

    log = bucket.public_log()
    assert len(bucket.audited(log)) == 5
    assert {2, 4, 5} <= {int(n.rpartition("/")[2]) for n in bucket.files() if ".p/" in n}


@pytest.mark.parametrize("service", ["kms", "storage"])
def test_entries_get_their_order_while_a_service_is_down(  # noqa: PLR0913, PLR0917  # all services
    backend, give, kms, storage, capsys, service
):
    give("g0")
    fault = {"kms": {"code": "UNAVAILABLE"}, "storage": {"status": 503}}[service]
    standin = {"kms": kms, "storage": storage}[service]
    movement_ids = [money.give("g1"), money.give("g2")]
    for movement_id in movement_ids:
        backend.deliver("ledger_on_movement_created", movement_id)
    standin.inject(fault | FOR_EVER)
    capsys.readouterr()

    backend.tick("ledger_sequence_every_minute")

    told = backend.get("ledger_log")
    assert (told["size"], told["publishedSize"]) == (3, 1)
    assert "ledger checkpoint is late" in capsys.readouterr().out
    standin.reset()
    if service == "kms":
        backend.tick("ledger_sequence_every_minute")
        assert len(bucket.audited()) == 3


def test_a_checkpoint_that_is_late_for_long_is_an_error(backend, kms, capsys, monkeypatch):
    monkeypatch.setattr(publishing, "LATE", timedelta())
    kms.inject({"method": "AsymmetricSign", "code": "UNAVAILABLE", **FOR_EVER})
    backend.deliver("ledger_on_movement_created", money.give("g1"))
    capsys.readouterr()

    backend.tick("ledger_sequence_every_minute")

    assert errors(capsys) == ["ledger checkpoint is late"]


def foreign_tile():
    served = Served("application/octet-stream")
    storage.write(os.environ["LEDGER_BUCKET"], "tile/0/000.p/2", bytes(64), served, over=0)


def changed_tile():
    served = Served("application/octet-stream")
    name = "tile/0/000.p/1"
    was = storage.read(os.environ["LEDGER_BUCKET"], name)
    storage.write(os.environ["LEDGER_BUCKET"], name, bytes(32), served, over=was.generation)


def lost_tile():
    storage.delete(os.environ["LEDGER_BUCKET"], "tile/entries/000.p/1")


def lost_checkpoint():
    storage.delete(os.environ["LEDGER_BUCKET"], "checkpoint")


def checkpoint_of(**changed):
    def plant():
        was = storage.read(os.environ["LEDGER_BUCKET"], "checkpoint")
        lines = was.data.decode().split("\n")
        for line, text in changed.items():
            lines[int(line[1:])] = text
        data = "\n".join(lines).encode()
        served = Served("text/plain")
        storage.write(os.environ["LEDGER_BUCKET"], "checkpoint", data, served, over=was.generation)

    return plant


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(foreign_tile, id="a tile is there with other bytes"),
        pytest.param(changed_tile, id="a published tile was changed"),
        pytest.param(lost_tile, id="a published bundle was deleted"),
        pytest.param(lost_checkpoint, id="the checkpoint was deleted"),
        pytest.param(checkpoint_of(_0="other.example"), id="it is of another log"),
        pytest.param(checkpoint_of(_1="0"), id="it fell back"),
        pytest.param(checkpoint_of(_1="9"), id="it is ahead of the ledger"),
        pytest.param(checkpoint_of(_2="A" * 43 + "="), id="it has another root"),
        pytest.param(checkpoint_of(_1="many"), id="it is malformed"),
    ],
)
def test_what_contradicts_the_ledger_stops_publication_and_nothing_else(give, capsys, damage):
    give("g1")
    damage()
    before = bucket.files()
    capsys.readouterr()

    give("g2")

    assert "ledger publication stopped" in errors(capsys)
    assert store.size() == 2
    assert bucket.files().get("checkpoint") == before.get("checkpoint")
    assert before.items() <= bucket.files().items()


def test_a_wrong_setting_stops_no_entry(give, capsys, monkeypatch):
    monkeypatch.setenv("LEDGER_WITNESSES", "witness.example no-key")

    give("g1")

    assert errors(capsys) == ["ledger publication stopped"]
    assert store.size() == 1


def test_a_witness_cosigns_each_checkpoint(give, cosigner):
    give("g1")
    give("g2")

    assert signers() == [os.environ["LEDGER_ORIGIN"], "witness.example/w1"]
    assert [(call["old"], call["status"]) for call in cosigner.calls()] == [(0, 200), (1, 200)]


def test_a_witness_that_knows_another_size_gets_the_proof_from_there(give, cosigner):
    names = iter(f"g{n}" for n in range(99))
    give(next(names))
    cosigner.inject({"status": 500})
    give(*(next(names) for _ in range(5)))
    assert len(signers()) == 1

    give(*(next(names) for _ in range(7)))

    assert len(signers()) == 2
    sizes = [(call.get("old"), call["status"]) for call in cosigner.calls()]
    assert sizes == [(0, 200), (None, 500), (6, 409), (1, 200)]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 404},
        {"after": True},
        {"corrupt": "signature"},
        {"corrupt": "key"},
        {"corrupt": "text"},
        {"delay_seconds": 1},
    ],
)
def test_a_witness_that_does_wrong_is_left_out(give, cosigner, monkeypatch, fault):
    monkeypatch.setattr(witnessing, "SECONDS", 0.5)
    cosigner.inject(fault)

    give("g1")

    assert signers() == [os.environ["LEDGER_ORIGIN"]]
    assert len(bucket.audited()) == 1
    deadline = time.monotonic() + 60
    while not all(call["status"] for call in cosigner.calls() or [{"status": 0}]):
        assert time.monotonic() < deadline  # a slow one must not answer into the next test
        time.sleep(0.02)


def test_a_size_that_is_none_is_no_answer(give, cosigner):
    give("g1")
    cosigner.reset()  # it forgets, so it will tell the size that it knows
    cosigner.inject({"corrupt": "size"})

    give("g2")

    assert signers() == [os.environ["LEDGER_ORIGIN"]]


def test_a_witness_that_failed_is_not_asked_again_in_the_run(backend, cosigner, monkeypatch):
    monkeypatch.setattr(batches, "MAX_ENTRIES", 1)
    cosigner.inject({"status": 500, **FOR_EVER})
    for n in range(3):
        backend.deliver("ledger_on_movement_created", money.give(f"g{n}"))

    backend.tick("ledger_sequence_every_minute")

    assert len(cosigner.calls()) == 1
    assert len(bucket.audited()) == 3


def new_version():
    """Let an operator add a version to the key that signs; return its name."""
    channel = grpc.insecure_channel(os.environ["KMS_EMULATOR_HOST"])
    transport = KeyManagementServiceGrpcTransport(channel=channel)
    with KeyManagementServiceClient(transport=transport) as client:
        made = client.create_crypto_key_version(
            request={"parent": SIGNING_KEY, "crypto_key_version": {}}
        )
    return str(made.name)


def test_a_key_is_changed_while_both_sign(backend, give, monkeypatch):
    old = os.environ["LEDGER_KEYS"]
    give("g1")
    (old_key,) = map(Key.read, backend.get("ledger_log")["keys"])

    new = new_version()
    monkeypatch.setenv("LEDGER_KEYS", f"{old},{new}")
    give("g2")
    both = [Key.read(vkey) for vkey in backend.get("ledger_log")["keys"]]
    note = checkpoint()[1]
    assert both[0] == old_key
    assert all(len(notes.signed_by(note, [key])) == 1 for key in both)

    monkeypatch.setenv("LEDGER_KEYS", new)
    give("g3")
    note = checkpoint()[1]
    assert notes.signed_by(note, [old_key]) == []
    assert len(notes.signed_by(note, both)) == 1
    assert len(signers()) == 2  # the witness goes on too
    assert len(bucket.audited()) == 3


def test_a_key_that_cannot_sign_stops_the_checkpoint_and_no_entry(backend, give, monkeypatch):
    give("g1")
    monkeypatch.setenv("LEDGER_KEYS", f"{SIGNING_KEY}/cryptoKeyVersions/77")

    give("g2")

    assert store.size() == 2
    assert checkpoint()[0].size == 1
