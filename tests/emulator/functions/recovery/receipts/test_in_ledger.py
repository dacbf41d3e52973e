"""Receipts with the proofs that their gifts are in the public ledger."""

from datetime import UTC, datetime, timedelta

import pytest
from google.cloud.firestore import Client

from app.recovery.ledger import sequencer
from tests.emulator.functions.recovery.ledger import auditors, bucket
from tests.support import pdf
from tests.support.tokens import PROJECT


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """Take no pause between batches."""
    monkeypatch.setattr(sequencer, "BATCH_INTERVAL", timedelta())


@pytest.fixture
def enter(backend):
    """Bring every movement into the ledger, and make it public."""

    def enter():
        for movement in Client(project=PROJECT).collection("payment_movements").list_documents():
            backend.deliver("ledger_on_movement_created", movement.id)
        backend.tick("ledger_sequence_every_minute")

    return enter


@pytest.fixture
def unpack(tmp_path):
    """Check and unpack a receipt's file; return what it says, and the proofs attached to it."""

    def unpack(content):
        assert pdf.violations(content) == []
        proofs = []
        for name, data in pdf.attached(content).items():
            path = tmp_path / name
            path.write_bytes(data)
            proofs += [path] if path.suffix == ".tlog-proof" else []
        return pdf.read(content).text, proofs

    return unpack


def test_a_receipt_comes_with_the_proof_once_the_gift_is_public(named, backend, enter, unpack):
    named.gave(250_00)
    text, proofs = unpack(named.pdf())
    assert "This gift is not public there yet" in text
    assert proofs == []

    enter()

    text, (proof,) = unpack(named.pdf())
    assert "Entry 0 is this gift." in text
    assert proof.name == f"{named.one()['number']}-entry-0.tlog-proof"
    auditors.accept(backend, proof)
    code, says = auditors.verify(backend, "--receipt", proof, url="-")
    assert code == 0, says
    assert f'"donationId":"{named.gift}"' in says
    assert '"grossCents":25000' in says


def test_a_corrected_receipt_proves_the_refund_and_an_older_version_does_not(
    named, backend, enter, unpack
):
    named.tell(named.paid(250_00))
    named.number()
    named.refunded(40_00)
    enter()

    text, proofs = unpack(named.pdf())
    assert "Entry 0 is this gift. Entry 1 is a refund of it." in text
    assert len(proofs) == 2
    auditors.accept(backend, *proofs)
    text, proofs = unpack(named.pdf(version=1))
    assert "refund" not in text
    assert len(proofs) == 1


def test_a_mail_has_the_same_file_with_the_proof(named, enter, unpack, admin):
    named.gave(250_00)
    enter()
    named.send()

    ((_, file),) = named.attachments()
    assert file == named.pdf()
    _, proofs = unpack(file)
    assert len(proofs) == 1
    entries = [doc.to_dict() for doc in admin.collection("audit_entries").stream()]
    opened = [e for e in entries if e["purpose"] == "receipts" and "ledger_private" in repr(e)]
    assert [e["subject"] for e in opened] == ["ann"]


def test_a_receipt_is_made_while_the_ledger_cannot_be_read(named, enter, unpack, storage):
    named.gave(250_00)
    enter()
    assert bucket.get("checkpoint").ok
    storage.inject({"status": 503, "times": 1})

    text, proofs = unpack(named.pdf())

    assert "could not be read when this page was made" in text
    assert proofs == []
    assert len(unpack(named.pdf())[1]) == 1


def test_between_keys_and_records_an_erasure_leaves_the_place_without_a_proof(named, enter, unpack):
    from app.platform.records import destruction, vault

    named.gave(250_00)
    enter()
    destruction.destroy_keys("ann", datetime.now(UTC))
    vault.keyring.forget()

    text, proofs = unpack(named.pdf())

    assert "Entry 0 is this gift." in text
    assert proofs == []
