"""`ledger_on_movement_created`: every movement of a gift is queued once, and tells of nobody."""

import hashlib
import hmac
import json
import threading
from datetime import timedelta

import pytest

from app.kit.triggers import RetryLaterError
from app.platform.payments import feeds
from app.platform.payments.models.documents import MovementKind
from app.platform.payments.store.feeds import walks
from app.platform.records import destruction, vault
from app.platform.records.vault import Owner, Record
from app.recovery.ledger import store
from app.recovery.ledger.models import Kind, State
from tests.emulator.functions.recovery.ledger import money
from tests.emulator.functions.recovery.ledger.wire import COMMIT, READ, counted


def take(backend, movement_id):
    backend.deliver("ledger_on_movement_created", movement_id)


def everything(admin):
    """Return all that the ledger stores, by path."""
    return {
        document.reference.path: document.to_dict()
        for collection in admin.collections()
        if collection.id.startswith("ledger_")
        for document in collection.stream()
    }


def test_a_movement_is_queued_and_the_sequencer_woken(backend):
    movement_id = money.give("g1", {"FOOD": 45_00, "TECH": 150_00})

    take(backend, movement_id)

    item = money.queued(movement_id)
    assert (item.kind, item.state, item.index) == (Kind.DONATION, State.PENDING, None)
    assert json.loads(item.leaf)["postings"] == [
        ["assets:stripe:clearing", "19470"],
        ["funds:FOOD:donations", "-4500"],
        ["funds:FOOD:fees", "7"],
        ["funds:TECH:donations", "-15000"],
        ["funds:TECH:fees", "23"],
    ]
    assert [task.function for task in backend.queues.accepted] == ["ledgerSequenceTask"]


def test_a_second_delivery_changes_not_a_byte(backend, admin):
    movement_id = money.give("g1")
    take(backend, movement_id)
    before = everything(admin)

    take(backend, movement_id)

    assert everything(admin) == before
    assert len(before) == 2


def test_a_movement_of_a_donor_who_was_erased_is_queued_and_nothing_of_them_is_kept(backend, admin):
    movement_id = money.give("g1")
    destruction.destroy_keys("donor-of-g1", money.DAY)

    take(backend, movement_id)

    assert money.queued(movement_id).state is State.PENDING
    assert [path.partition("/")[0] for path in everything(admin)] == ["ledger_queue"]
    assert "donor-of-g1" not in str(everything(admin))


def test_deliveries_at_once_leave_one_leaf_that_its_private_record_opens(backend):
    movement_id = money.give("g1")
    threads = [threading.Thread(target=take, args=(backend, movement_id)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    idem = money.idem(movement_id)
    stored = store.private.get(idem)
    place = Record("donor-of-g1", f"ledger_private/{idem}")
    opened = vault.open_now(place, stored.sealed, by=Owner("donor-of-g1"))

    salt, record = bytes.fromhex(opened["salt"]), opened["record"].encode()
    commitment = hmac.new(salt, b"ledger-commit/v1\0" + record, hashlib.sha256).hexdigest()
    assert json.loads(money.queued(movement_id).leaf)["commitment"] == commitment
    assert len(salt) == 32
    assert json.loads(record)["donationId"] == "g1"
    assert json.loads(record)["objectId"] == "pi_g1"


def test_nothing_of_donor_donation_or_payment_is_readable(backend, admin):
    take(backend, money.give("g1"))
    take(backend, money.give_back("g1", 10_00))
    backend.run_tasks()

    stored = everything(admin)
    for path, fields in stored.items():
        shown = {**fields, "uid": None} if path.startswith("ledger_private/") else fields
        for secret in ("donor", "g1", "pi_", "re_", "cs_", "platform"):
            assert secret not in path + str(shown)
    assert {path.partition("/")[0] for path in stored} >= {"ledger_private", "ledger_entries"}


def test_the_same_gift_given_twice_gets_two_unlike_commitments(backend):
    first, second = money.give("g1"), money.give("g2")
    take(backend, first)
    take(backend, second)

    leaves = [json.loads(money.queued(movement_id).leaf) for movement_id in (first, second)]
    assert leaves[0].pop("commitment") != leaves[1].pop("commitment")
    assert leaves[0] == leaves[1]


def test_it_makes_two_reads_and_one_commit_and_repeated_none(backend):
    take(backend, money.give("warm", {"FOOD": 1}))
    vault.keyring.keys("donor-of-g1", create=True)
    movement_id = money.give("g1")

    with counted() as first:
        take(backend, movement_id)
    with counted() as again:
        take(backend, movement_id)

    assert first == {READ: 2, COMMIT: 1}
    assert again == {READ: 2}


def test_money_that_is_no_gift_is_left_to_others(backend, admin):
    movement_id = money.move("b1", "pi_b1", MovementKind.CAPTURED, 1, 0, reference_kind="booking")

    with counted() as calls:
        take(backend, movement_id)

    assert (calls, everything(admin), backend.queues.accepted) == ({READ: 1}, {}, [])


@pytest.mark.parametrize("missing", ["movement", "donation", "key"])
def test_what_cannot_be_queued_now_is_asked_for_again(backend, admin, kms, missing):
    if missing == "movement":
        movement_id = "pi_none"
    elif missing == "donation":
        movement_id = money.move("none", "pi_none", MovementKind.CAPTURED, 1, 0)
    else:
        movement_id = money.give("g1")
        kms.inject({"times": -1, "code": "UNAVAILABLE"})

    with pytest.raises(RetryLaterError):
        take(backend, movement_id)

    assert everything(admin) == {}


def test_a_lost_task_loses_nothing(backend):
    movement_id = money.give("g1")
    take(backend, movement_id)
    backend.queues.take()

    backend.tick("ledger_sequence_every_minute")

    assert money.queued(movement_id).state is State.SEQUENCED


@pytest.mark.parametrize(
    ("age", "found"),
    [
        pytest.param(feeds.SETTLED - timedelta(seconds=30), False, id="its trigger may come"),
        pytest.param(feeds.SETTLED + timedelta(seconds=1), True, id="its trigger was lost"),
    ],
)
def test_the_net_queues_movements_whose_trigger_was_lost(backend, age, found):
    movement_id = money.give("g1", age=age)

    backend.tick("ledger_sequence_every_minute")
    backend.run_tasks()

    assert (store.queue.get(money.idem(movement_id)) is not None) is found
    assert (store.size() == 1) is found


def test_the_net_looks_at_each_movement_once(backend, monkeypatch):
    monkeypatch.setattr(feeds, "MAX_DELIVERED", 2)
    for number in range(3):
        money.give(f"g{number}", age=timedelta(minutes=30 - number))

    for size in (2, 3, 3):
        backend.tick("ledger_sequence_every_minute")
        backend.run_tasks()
        assert store.size() == size
    assert walks.get("ledger").document_id == "pi_g2"


def test_the_net_waits_an_hour_for_a_gift_that_is_missing_and_then_tells_staff(backend, admin):
    after = money.give("g1", age=timedelta(minutes=10))
    young = money.move("lost", "pi_lost", MovementKind.CAPTURED, 1, 0, age=timedelta(minutes=50))

    backend.tick("ledger_sequence_every_minute")
    assert money.queued(after)
    assert walks.get("ledger") is None
    assert not list(admin.collection("dead_letters").stream())

    admin.document(f"payment_movements/{young}").update(
        {"createdAt": money.clock.now() - timedelta(minutes=61)}
    )
    backend.tick("ledger_sequence_every_minute")
    (letter,) = admin.collection("dead_letters").stream()
    assert letter.to_dict()["payload"] == {"id": young}
    assert walks.get("ledger").document_id == after
