"""Proofs for donors, and what the public log is for software that is not ours."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from app.kit import firestore
from app.kit.errors import NotFoundError
from app.kit.money import Currency
from app.platform.payments.models.documents import Reference
from app.platform.payments.store.truth import movements
from app.platform.privacy.policy import erasure
from app.platform.records import vault
from app.platform.records.vault import Owner, Purpose, Record, System
from app.recovery.catalog.models import Category
from app.recovery.donations.policy import references
from app.recovery.donations.store.gifts import donations
from app.recovery.ledger import proving, sequencer, store
from app.recovery.ledger.models import Kind, Leaf, QueueItem
from app.recovery.ledger.models.proofs import ProofState
from app.recovery.ledger.policy import intake, leaves
from tests.emulator.functions.recovery.ledger import auditors, bucket, money
from tests.emulator.functions.recovery.ledger.aid import pay, pay_many
from tests.support.errors import CallError
from tests.support.leaver import ask


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """Take no pause between batches."""
    monkeypatch.setattr(sequencer, "BATCH_INTERVAL", timedelta())


class Donors:
    """Donors, what the ledger does for their gifts, and where they keep its proofs."""

    def __init__(self, backend, folder):
        self.backend = backend
        self.folder = folder

    def take(self, *movement_ids):
        """Let the ledger take movements into its queue."""
        for movement_id in movement_ids:
            self.backend.deliver("ledger_on_movement_created", movement_id)

    def sequence(self):
        """Let what is queued have its place, and be public."""
        self.backend.tick("ledger_sequence_every_minute")

    def prove(self, name, uid=None):
        """Ask for the proofs of a gift, as its donor or as `uid`."""
        asked = {"donationId": name}
        return self.backend.call("ledger_proof", asked, uid=uid or f"donor-of-{name}")["items"]

    def keep(self, name, item):
        """Store a proof, with its entry beside it; return the file."""
        path = self.folder / f"{name}.tlog-proof"
        path.write_text(item["proof"])
        path.with_suffix(".json").write_text(item["entry"])
        return path


@pytest.fixture
def donors(backend, tmp_path):
    return Donors(backend, tmp_path)


def test_a_gift_is_pending_then_has_its_place_then_is_public(donors, kms, backend):
    movement = money.give("g1")
    assert donors.prove("g1") == []
    donors.take(movement)
    (pending,) = donors.prove("g1")
    kms.inject({"method": "AsymmetricSign", "code": "UNAVAILABLE", "times": -1})
    donors.sequence()
    (placed,) = donors.prove("g1")
    kms.reset()
    donors.sequence()
    (public,) = donors.prove("g1")

    nothing = {"kind": "DONATION", "entry": None, "proof": None}
    assert pending == nothing | {"state": "pending", "index": None}
    assert placed == nothing | {"state": "sequenced", "index": 0}
    assert (public["state"], public["index"]) == ("published", 0)
    says = auditors.accept(backend, donors.keep("g1", public))
    assert '"donationId":"g1"' in says


def test_each_movement_of_a_gift_has_its_proof(donors, backend):
    donors.take(money.give("g1"), money.give("g2"), money.give_back("g2", 10_00))
    donors.take(money.give_back("g2", 5_00, number=2))
    donors.sequence()

    items = donors.prove("g2")

    assert [item["kind"] for item in items].count("REFUND") == 2
    assert len({item["index"] for item in items}) == len(items) == 3
    files = [donors.keep(f"g2-{item['index']}", item) for item in items]
    says = auditors.accept(backend, *files)
    assert says.count('"donationId":"g2"') == 3
    code, says = auditors.verify(backend, "--receipt", *files, url="-")
    assert code == 0, says


def test_a_payment_of_a_monthly_gift_is_a_gift_of_its_own(donors):
    """Also where its terms have the id of another gift."""
    once = money.give("g1")
    terms = Reference(kind=references.MONTHLY, id="g1")
    gift_id = references.gift_id_of(terms, "pi_month")
    monthly = donations.get("g1").model_copy(update={"payment_intent_id": "pi_month"})
    firestore.commit(donations.put(gift_id, monthly))
    firestore.commit(movements.create("pi_month", paid_monthly(once)))
    donors.take(once, "pi_month")
    donors.sequence()

    (first,) = donors.prove("g1")
    (second,) = donors.prove(gift_id, uid="donor-of-g1")

    assert {first["index"], second["index"]} == {0, 1}
    assert f'"donationId":"{gift_id}"'.encode() in opening(second)
    assert b'"donationId":"g1"' in opening(first)


def paid_monthly(movement_id):
    """Return a movement as `movement_id`, of a payment by the terms of the same id."""
    movement = store.movement(movement_id)
    terms = movement.reference.model_copy(update={"kind": references.MONTHLY})
    changed = {"reference": terms, "object_id": "pi_month", "payment_intent_id": "pi_month"}
    return movement.model_copy(update=changed)


def opening(item):
    """Return what opens the commitment of an entry: salt and record."""
    return base64.b64decode(item["proof"].split("\n")[1].removeprefix("extra "))


def test_a_receipt_stays_right_while_the_log_grows(donors, backend, tmp_path):
    state = ["--state", tmp_path / "seen.json"]
    donors.take(money.give("g1"))
    donors.sequence()
    file = donors.keep("g1", donors.prove("g1")[0])
    auditors.accept(backend, options=state)
    donors.take(*(money.give(f"other{n}") for n in range(5)))
    donors.sequence()
    assert bucket.get("checkpoint").text.split("\n")[1] == "6"
    auditors.accept(backend, file, options=state)


def test_a_gift_that_is_not_there_looks_like_one_of_somebody_else(donors):
    donors.take(money.give("g1"))
    donors.sequence()

    errors = []
    for name, uid in (("g1", "mallory"), ("missing", "mallory"), ("missing", "donor-of-g1")):
        with pytest.raises(CallError) as refused:
            donors.prove(name, uid)
        errors.append((refused.value.status, refused.value.message))

    assert len(set(errors)) == 1
    assert errors[0][0] == "NOT_FOUND"


def test_opening_is_audited_and_nothing_is_opened_before_it_is_public(admin, donors, kms):
    def opened(uid):
        entries = [doc.to_dict() for doc in admin.collection("audit_entries").stream()]
        return [e for e in entries if e["action"] == "read" and e["subject"] == uid]

    donors.take(money.give("g1"))
    donors.prove("g1")
    assert opened("donor-of-g1") == []
    donors.sequence()
    donors.prove("g1")
    (entry,) = opened("donor-of-g1")
    assert (entry["actor"], entry["role"], entry["outcome"]) == ("donor-of-g1", "owner", "allowed")

    kms.inject({"method": "AsymmetricSign", "code": "UNAVAILABLE", "times": -1})
    donors.take(money.give("g2"))
    donors.sequence()
    (placed,) = donors.prove("g2")
    assert (placed["state"], placed["index"], placed["proof"]) == ("sequenced", 1, None)
    assert opened("donor-of-g2") == []


def test_a_proof_opens_nothing_but_its_own_entry(donors, backend):
    donors.take(money.give("g1"), money.give("g2"))
    donors.sequence()
    (first,), (second,) = donors.prove("g1"), donors.prove("g2")
    lines = [item["proof"].split("\n") for item in (first, second)]
    lines[0][1] = lines[1][1]
    file = donors.keep("g1", first | {"proof": "\n".join(lines[0])})
    code, says = auditors.verify(backend, "--receipt", file)
    assert code == 1
    assert f"does not open entry {first['index']}" in says
    opened = opening(second)
    bound = intake.commitment(opened[:32], opened[32:])
    assert bound == json.loads(second["entry"])["commitment"]


def test_storage_that_does_not_answer_is_told(donors, storage):
    donors.take(money.give("g1"))
    donors.sequence()
    storage.inject({"status": 503, "times": -1})
    with pytest.raises(CallError, match="Try again"):
        donors.prove("g1")


def enqueue(first, end):
    """Queue gifts of people who are of no interest here."""
    at = money.DAY
    for start in range(first, end, 250):
        writes = []
        for number in range(start, min(end, start + 250)):
            postings = leaves.postings({leaves.CLEARING: 10_00, "funds:FOOD:donations": -10_00})
            leaf = Leaf(
                kind=Kind.DONATION,
                day="2027-01-15",
                currency=Currency.USD,
                categories=(Category.FOOD,),
                postings=postings,
                commitment=intake.commitment(b"salt", str(number).encode()),
            )
            item = QueueItem(leaf=leaves.make(leaf), kind=Kind.DONATION, created_at=at)
            writes.append(store.queue.create(money.idem(f"pi_{number}"), item))
        firestore.commit(*writes)


def test_what_is_published_is_right_for_software_of_others_at_every_size(backend, donors, tmp_path):
    state = ["--state", tmp_path / "seen.json"]
    donors.take(money.give("g1"))
    donors.sequence()
    files = [donors.keep("at-1", donors.prove("g1")[0])]
    for before, size in ((1, 2), (2, 255), (255, 256), (256, 257), (257, 511), (511, 600)):
        enqueue(before, size)
        donors.sequence()
        checkpoint = tmp_path / f"checkpoint.{size}"
        checkpoint.write_text(bucket.get("checkpoint").text)
        files += [checkpoint, donors.keep(f"at-{size}", donors.prove("g1")[0])]
        assert f"All {size} entries" in auditors.accept(backend, *files, options=state)


def test_payments_in_groups_are_right_for_software_of_others(donors, backend, set_clock):
    set_clock(datetime(2027, 1, 20, tzinfo=UTC))
    gift = money.give("g1", {"FOOD": 20_00, "MEDICAL": 10_00, "HOUSING": 90_00})
    donors.take(gift)
    pay_many(12, "FOOD", vendor_id="shop")
    pay_many(6, "FOOD", "2027-02-15")
    for number in range(6):
        pay(f"m{number}", f"s{number}", "MEDICAL", "2027-03-02")
    donors.sequence()
    for month in (2, 4):
        set_clock(datetime(2027, month, 1, 5, tzinfo=UTC))
        backend.tick("ledger_group_disbursements")
        donors.sequence()
    donors.take(money.give_back("g1", 110_00))
    donors.sequence()

    says = auditors.accept(backend)

    leaves = [json.loads(leaf) for leaf in bucket.audited()]
    told = [leaf["period"] for leaf in leaves if leaf["kind"] == "DISBURSEMENT"]
    assert told == ["2027-01", "2027-Q1"]
    assert "COVER" in {leaf["kind"] for leaf in leaves}  # what was spent cannot be given back
    assert f"{'ESSENTIALS':40}" in says


DUE = erasure.GRACE + timedelta(minutes=1)


@pytest.fixture
def erase(backend, set_clock):
    """Let somebody ask for erasure, and carry it out."""

    def erase(uid):
        start = datetime.now(UTC)
        ask(backend, uid)
        later = timedelta()
        for wait in (DUE, erasure.RESUMED, erasure.SETTLE, erasure.RESUMED):
            later += wait + timedelta(minutes=1)
            set_clock(start + later)
            backend.tick("privacy_sweep_erasures")
            backend.run_tasks()

    return erase


def test_an_erased_donor_leaves_the_public_log_as_it_was_and_opens_for_nobody(
    donors, backend, erase
):
    uid, movement_id = "donor-of-g1", money.give("g1")
    donors.take(movement_id, money.give("g2"))
    donors.sequence()
    (before,) = donors.prove("g1")
    kept = donors.keep("g1", before)
    place = Record(uid, f"ledger_private/{money.idem(movement_id)}")
    sealed = store.private.get(money.idem(movement_id)).sealed
    files = bucket.files()

    erase(uid)

    assert bucket.files() == files
    assert store.private.get(money.idem(movement_id)) is None
    vault.keyring.forget()
    for by in (Owner(uid), System(Purpose.LEDGER), System(Purpose.RECEIPTS)):
        with pytest.raises(NotFoundError):  # not even with a copy of what was deleted
            vault.open_now(place, sealed, by=by)
    (proven,) = proving.prove(uid, [store.movement(movement_id)], by=Owner(uid))
    assert (proven.state, proven.index) == (ProofState.PUBLISHED, before["index"])
    assert proven.proof is None
    auditors.accept(backend, donors.keep("g2", donors.prove("g2")[0]))
    auditors.accept(backend, kept)  # what the donor took along is theirs


def test_a_gift_after_its_donor_was_erased_is_in_the_books_and_opens_for_nobody(
    donors, backend, erase
):
    uid = "donor-of-g1"
    donors.take(money.give("g1"))
    donors.sequence()
    erase(uid)
    refund = money.give_back("g1", 5_00)

    donors.take(refund)
    donors.sequence()

    (proven,) = proving.prove(uid, [store.movement(refund)], by=Owner(uid))
    assert (proven.kind, proven.state, proven.proof) == ("REFUND", ProofState.PUBLISHED, None)
    assert "All 2 entries" in auditors.accept(backend)


def test_a_lost_private_record_changes_no_public_byte(donors, admin, backend):
    movement_id = money.give("g1")
    donors.take(movement_id)
    donors.sequence()
    files = bucket.files()
    admin.document(f"ledger_private/{money.idem(movement_id)}").delete()

    (item,) = donors.prove("g1")

    assert (item["state"], item["index"]) == ("published", 0)
    assert (item["proof"], item["entry"]) == (None, None)
    donors.take(money.give("g2"))
    donors.sequence()
    changed = {name for name, data in files.items() if bucket.files()[name] != data}
    assert changed == {"checkpoint"}
    auditors.accept(backend)
