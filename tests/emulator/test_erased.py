"""Nothing of a person who was erased comes back, whatever backup does.

Two people do everything there is to do, every word of theirs a marker. One is erased. The scan is
an adversary's with every right: it reads both databases, opens whatever any key opens that can be
had, present or from a backup, and reads files, queues, logs, mails and accounts.
"""

import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import requests
from firebase_admin import auth
from google.cloud.firestore import Client

from app.kit import limits
from app.platform.kms.gateway import KeyLostError
from app.platform.privacy.policy import erasure as policy
from app.platform.records import destruction, keyring, sealing, vault
from app.platform.records.key_models import PersonKeys
from app.platform.records.models import Record
from app.platform.records.register import TYPES
from app.platform.records.sealing import TamperedError
from tests.emulator.test_canaries import Person
from tests.support.canaries import found
from tests.support.export import export
from tests.support.giving import Giving
from tests.support.keks import destroy, new_primary
from tests.support.leaver import BUCKET, ask, delete_files, store_file
from tests.support.patience import SOON_SECONDS
from tests.support.tokens import PROJECT
from tools import reapply_erasures

DUE = policy.GRACE + timedelta(minutes=1)
SETTLED = DUE + policy.SETTLE + timedelta(minutes=1)
IN_OFFICE = {"breaches"}
"""What tells who of the staff did something, by uid alone; both people here are staff too."""
KEPT = {kind.collection for kind in policy.kept(TYPES)} | IN_OFFICE

type Stored = dict[str, dict]
"""The fields of documents by database and path, as a backup has them."""


def backup(database):
    """Return everything in a database."""
    return {path: fields for path, (fields, _) in export([database]).items()}


def restore(database, stored):
    """Put a database back to what it was."""
    host = os.environ["FIRESTORE_EMULATOR_HOST"]
    url = f"http://{host}/emulator/v1/projects/{PROJECT}/databases/{database}/documents"
    requests.delete(url, timeout=SOON_SECONDS).raise_for_status()
    client = Client(project=PROJECT, database=database)
    for path, fields in stored.items():
        client.document(path.removeprefix(f"{database}/")).set(fields)
    vault.keyring.forget()


def data_keys(*key_documents):
    """Return each person's data keys by version, as far as KMS opens them."""
    opened = {}
    for stored in key_documents:
        for path, fields in stored.items():
            uid = path.rpartition("/")[2]
            wrapped = PersonKeys.model_validate(fields)
            try:
                keys = keyring.unwrapped(uid, wrapped, until=float("inf"))
            except KeyLostError:
                continue
            opened.setdefault(uid, []).append(keys)
    return opened


def legible(stored, keys):
    """Yield all that is stored, and whatever of it opens."""
    for path, fields in stored.items():
        yield path, fields
        place = path.partition("/")[2]
        for field, value in (fields.get("sealed") or {}).items():
            for uid, versions in keys.items():
                for by_version in versions:
                    try:
                        yield sealing.opened(Record(uid, place), field, value, by_version)
                    except TamperedError:
                        continue


def bucket():
    """Return the names and contents of all files."""
    url = f"{os.environ['STORAGE_EMULATOR_HOST']}/storage/v1/b/{BUCKET}/o"
    items = requests.get(url, timeout=SOON_SECONDS).json().get("items", [])
    return [
        (
            item["name"],
            requests.get(
                f"{url}/{item['name'].replace('/', '%2F')}?alt=media", timeout=SOON_SECONDS
            ).content,
        )
        for item in items
    ]


def accounts():
    return [
        (user.uid, user.email, user.display_name, user.phone_number)
        for user in auth.list_users().iterate_all()
    ]


@dataclass
class Known:
    """What the scan finds of one person."""

    confided: set[str]
    who: set[str]
    """Name, address, number: whatever tells who they are, but for the uid."""
    uid_in: set[str]
    """The collections that name their uid."""


def scan(person, *key_backups):
    """Return what can be learnt of a person."""
    kept_keys = backup("keys")
    stored = backup("(default)") | kept_keys
    keys = data_keys(kept_keys, *key_backups)
    everything = [*legible(stored, keys), *bucket(), *accounts()]
    words = {*person.words.values(), *person.written}
    named = {
        path.split("/")[1] for path, fields in stored.items() if found([person.uid], path, fields)
    }
    return Known(found(words, everything), found(person.identifiers[1:], everything), named)


@pytest.fixture
def did_everything(witness, services, admin):
    """Let two people do everything; return them."""
    giving = Giving(witness, services.stripe)
    giving.sandbox("balance", delaySeconds=None)
    people = Person(), Person()
    for person in people:
        witness.call_all_as(person)
        store_file(f"exports/{person.uid}/all.zip")
        limits.buckets.forget()
    giving.sandbox("release")
    giving.deliver_all()
    witness.run_triggers(again=True)
    witness.run_queued()
    one, two = people
    for person, other in ((one, two), (two, one)):  # a sentence that both got tells of nobody
        theirs = "\n".join(other.written)
        person.written = [text for text in person.written if text not in theirs]
    for hold in admin.collection("holds").list_documents():
        hold.delete()
    yield people
    delete_files()


@pytest.fixture
def erase(witness, set_clock):
    """Let somebody ask for their erasure; `erase(person)` returns what goes on to its end."""

    def erase(person):
        asked_at = datetime.now(UTC)
        set_clock(asked_at)
        receipt = ask(witness, person.uid)

        def end():
            for later in (DUE, SETTLED):
                set_clock(asked_at + later)
                witness.tick("privacy_sweep_erasures")
                witness.run_tasks()
            seen = witness.call(
                "privacy_get_erasure_report", {"receiptId": receipt["receiptId"]}, uid=None
            )
            assert (seen["state"], bool(seen["report"])) == ("done", True)
            return receipt["receiptId"]

        return end

    return erase


@pytest.fixture
def reads(witness):
    """Return what a person is shown of their own records."""

    def reads(person):
        limits.buckets.forget()
        asked = {
            "assessments_get_result": {"assessmentId": person.ids["assessmentId"]},
            "plans_get": {"planId": person.ids["planId"]},
            "donations_list": {},
            "assessments_get_readiness": {},
        }
        return [witness.call(name, data, uid=person.uid) for name, data in asked.items()]

    return reads


def test_nothing_comes_back_whatever_is_restored(  # noqa: PLR0913, PLR0917  # all that is watched
    did_everything, witness, services, reads, erase, caplog, capfd
):
    leaver, other = did_everything
    others_own = reads(other)
    before = {"(default)": backup("(default)"), "keys": backup("keys")}
    known, others_known = scan(leaver), scan(other)
    assert len(known.confided) > 20  # the scan is not blind
    assert known.who
    assert known.uid_in >= {"assessment_records", "donations", "ledger_private", "person_keys"}
    caplog.set_level(logging.INFO)
    capfd.readouterr()
    queued, sent = len(services.queues.accepted), len(services.inbox.calls())

    erase(leaver)()
    new_primary(2)
    witness.tick("keys_rewrap")
    destroy(1)
    vault.keyring.forget()

    gone = scan(leaver, before["keys"])
    assert (gone.confided, gone.who, gone.uid_in) == (set(), set(), KEPT & gone.uid_in)
    assert scan(other).confided == others_known.confided
    assert reads(other) == others_own

    # Data come back with a backup, keys are as they are: the person's values stay closed.
    erased = backup("(default)")
    restore("(default)", before["(default)"])
    back = scan(leaver, before["keys"])
    assert (back.confided, back.who) == (set(), set())
    assert back.uid_in > gone.uid_in
    assert reads(other) == others_own
    # And what names the person goes again.
    assert reapply_erasures.reapply() == 0
    again = scan(leaver, before["keys"])
    assert (again.confided, again.who, again.uid_in) == (set(), set(), KEPT & again.uid_in)
    assert reads(other) == others_own
    assert reapply_erasures.reapply() == 0  # nothing is left to do

    # An older backup of keys opens for nobody; the erasures know whom to mark again.
    present = backup("keys")
    restore("(default)", before["(default)"])
    restore("keys", before["keys"])
    assert data_keys(backup("keys")) == {}
    for person in (leaver, other):
        with pytest.raises(KeyLostError):
            vault.keyring.keys(person.uid, create=False)
    lost = scan(leaver, before["keys"])
    assert (lost.confided, lost.who) == (set(), set())
    restore("keys", present)
    restore("(default)", erased)
    assert reads(other) == others_own

    logs = capfd.readouterr()
    secret = {*leaver.words.values(), *leaver.written, *leaver.identifiers}
    tasks = [task.data for task in services.queues.accepted[queued:]]
    assert tasks
    assert found(secret, logs.out, logs.err, caplog.text) == set()
    assert found(secret, tasks) == set()
    assert found(secret, services.inbox.calls()[sent:]) == set()


def test_without_the_new_version_an_older_backup_of_keys_would_open(did_everything):
    """What the runbook warns of: until the old version is destroyed the backup is worth keys."""
    leaver, _ = did_everything
    older = backup("keys")
    destruction.destroy_keys(leaver.uid, datetime.now(UTC))
    assert scan(leaver).confided == set()
    assert scan(leaver, older).confided


def test_after_a_restore_of_both_databases_the_erasures_alone_mark_the_person_again(
    did_everything, erase
):
    leaver, other = did_everything
    older = backup("keys")
    erase(leaver)()
    restore("keys", older)
    assert vault.keyring.keys(leaver.uid, create=False)

    assert reapply_erasures.reapply() == 0

    assert scan(leaver).confided == set()
    assert vault.keyring.keys(other.uid, create=False)


def test_a_backup_from_the_week_of_grace_does_not_begin_another_erasure(
    did_everything, witness, erase
):
    leaver, _ = did_everything
    end = erase(leaver)
    scheduled = backup("(default)")
    receipt = {"receiptId": end()}
    restore("(default)", scheduled)

    assert reapply_erasures.reapply() == 0

    seen = witness.call("privacy_get_erasure_report", receipt, uid=None)
    assert (seen["state"], bool(seen["report"])) == ("done", True)
    assert scan(leaver).uid_in <= KEPT
    key = {"idempotencyKey": str(uuid4())}
    assert witness.request("privacy_cancel_erasure", json={"data": key}).status_code == 401
