"""One receipt for each payment that was given, numbered without gaps, corrected when money goes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.support import pdf
from tests.support.errors import CallError
from tests.support.giving import Giving


def minutes(count):
    return datetime.now(UTC) + timedelta(minutes=count)


def test_a_gift_paid_at_stripe_is_receipted_and_mailed_with_the_file_that_can_be_downloaded(
    named, stripe
):
    giving = Giving(named.backend, stripe)
    donation_id, intent_id = giving.give(uid="ann")
    giving.deliver_all()
    for movement in named.admin.collection("payment_movements").list_documents():
        named.tell(movement.id)
    named.backend.run_tasks()
    named.send()

    receipt = named.one()
    assert receipt["donationId"] == donation_id
    assert receipt["number"].endswith("-000001")
    assert (receipt["amountCents"], receipt["reversedCents"]) == (25_000, 0)
    ((subject, file),) = named.attachments()
    assert subject == "Your receipt"
    assert file == named.pdf()
    assert pdf.violations(file) == []
    text = pdf.read(file).text
    assert "Prepared for Ann Núñez" in text
    assert "No goods or services were provided" in text

    giving.refund(intent_id, 4_000)
    giving.deliver_all()
    for movement in named.admin.collection("payment_movements").list_documents():
        named.tell(movement.id)
    named.send()

    (_, (subject, file)) = named.attachments()
    assert subject == "Your corrected receipt"
    assert file == named.pdf() == named.pdf(version=2) != named.pdf(version=1)
    assert "$40.00 of this was refunded" in pdf.read(file).text
    assert named.one()["reversedCents"] == 4_000
    assert named.one()["number"] == receipt["number"]


def test_repeats_of_trigger_task_and_sweep_change_nothing(receipting, set_clock):
    movement_id = receipting.paid(25_000)
    for _ in range(3):
        receipting.tell(movement_id)
    for _ in range(2):
        receipting.number()
    before = receipting.listed(), receipting.mails()
    set_clock(minutes(5))
    receipting.tell(movement_id)
    receipting.backend.tick("receipts_sweep_movements")
    receipting.backend.tick("receipts_sweep_movements")

    assert (receipting.listed(), receipting.mails()) == before
    assert len(before[1]) == 1
    (number,) = receipting.numbers()
    assert number.endswith("-000001")


def test_nothing_is_receipted_before_money_came_in_or_where_it_was_not_given(receipting):
    receipting.tell(receipting.moved("refunded", "re_1", 100, payment_id="pi_lone"))
    receipting.tell(receipting.paid(9_900, "pi_2", reference="membership"))
    receipting.tell("pi_unknown")

    assert receipting.backend.queues.accepted == []
    receipting.number()
    assert receipting.numbers() == []


def test_a_receipt_is_shown_to_nobody_before_it_has_its_number(receipting):
    receipting.tell(receipting.paid(100))
    (waiting,) = receipting.admin.collection("receipts").list_documents()

    assert receipting.listed() == []
    for name in ("receipts_get", "receipts_get_pdf"):
        with pytest.raises(CallError) as refusal:
            receipting.backend.call(name, {"receiptId": waiting.id}, uid="ann")
        assert refusal.value.status == "NOT_FOUND"


def test_a_burst_of_gifts_drains_without_a_gap_in_the_numbers(receipting):
    at = datetime(2026, 11, 26, 18, tzinfo=UTC)
    with ThreadPoolExecutor(4) as pool:
        made = [
            pool.submit(receipting.paid, 100, f"pi_{n}", at=at + timedelta(seconds=n))
            for n in range(230)
        ]
        list(pool.map(receipting.tell, [future.result() for future in made]))
        tasks = [pool.submit(receipting.number) for _ in range(3)]
        assert [task.result() for task in tasks] == [None] * 3

    assert receipting.numbers() == [f"SW-2026-{place:06d}" for place in range(1, 231)]
    assert len(receipting.mails()) == 230
    counter = receipting.admin.document("receipt_series/2026").get().to_dict()
    assert counter["last"] == 230


def test_each_year_in_denver_has_a_series_of_its_own(receipting):
    midnight = datetime(2027, 1, 1, 7, tzinfo=UTC)
    for n, at in enumerate((midnight - timedelta(seconds=1), midnight, midnight)):
        receipting.tell(receipting.paid(100, f"pi_{n}", at=at))
    receipting.number()

    assert receipting.numbers() == ["SW-2026-000001", "SW-2027-000001", "SW-2027-000002"]


def test_a_lost_trigger_is_made_up_for(receipting, set_clock):
    receipting.paid(25_000)
    receipting.moved("refunded", "re_1", 4_000)
    receipting.backend.tick("receipts_sweep_movements")
    assert receipting.numbers() == []  # the trigger may still come

    set_clock(minutes(3))
    receipting.backend.tick("receipts_sweep_movements")
    assert receipting.one()["reversedCents"] == 4_000

    set_clock(minutes(8))
    receipting.moved("refunded", "re_2", 1_000)
    set_clock(minutes(20))
    receipting.backend.tick("receipts_sweep_movements")
    assert receipting.one()["reversedCents"] == 5_000
    assert receipting.one()["version"] == 2


def test_a_gift_that_is_not_there_holds_back_no_other_and_becomes_a_dead_letter(
    receipting, set_clock
):
    receipting.paid(100, "pi_lost", gift="none")
    receipting.paid(200, "pi_good")
    set_clock(minutes(3))
    receipting.backend.tick("receipts_sweep_movements")
    assert [item["amountCents"] for item in receipting.listed()] == [200]
    assert list(receipting.admin.collection("dead_letters").stream()) == []

    set_clock(minutes(63))
    receipting.backend.tick("receipts_sweep_movements")
    (letter,) = receipting.admin.collection("dead_letters").stream()
    assert letter.get("payload") == {"id": "pi_lost"}
    assert letter.get("errorType") == "NotFoundError"


def test_what_happens_to_a_dispute_is_followed(receipting):
    receipting.tell(receipting.paid(25_000))
    receipting.number()
    receipting.tell(receipting.moved("dispute_opened", "dp_1", 25_000))
    assert receipting.one()["version"] == 1

    receipting.tell(receipting.moved("dispute_lost", "dp_1", 25_000))
    assert (receipting.one()["version"], receipting.one()["reversedCents"]) == (2, 25_000)
    assert pdf.read(receipting.pdf()).title == f"Void receipt {receipting.one()['number']}"
    versions = receipting.backend.call(
        "receipts_get", {"receiptId": receipting.one()["receiptId"]}, uid="ann"
    )["versions"]
    assert [len(version["reversals"]) for version in versions] == [0, 1]
    assert versions[1]["reversals"][0]["kind"] == "dispute"


def test_corrections_at_once_leave_the_last_version_with_all_of_them(receipting):
    receipting.tell(receipting.paid(25_000))
    receipting.number()
    refunds = [receipting.moved("refunded", f"re_{n}", 1_000) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(receipting.tell, refunds * 2))

    assert receipting.one()["reversedCents"] == 4_000
    assert len(receipting.mails()) == receipting.one()["version"]


def test_a_payment_of_another_gives_no_receipt_to_see(receipting):
    receipting.gave(25_000)
    asked = {"receiptId": receipting.one()["receiptId"]}

    for name in ("receipts_get", "receipts_get_pdf"):
        with pytest.raises(CallError) as refusal:
            receipting.backend.call(name, asked, uid="bob")
        assert refusal.value.status == "NOT_FOUND"
    assert receipting.backend.call("receipts_list", {}, uid="bob")["items"] == []


def test_a_version_that_was_not_issued_is_not_found(receipting):
    receipting.gave(25_000)

    with pytest.raises(CallError) as refusal:
        receipting.pdf(version=2)
    assert refusal.value.status == "NOT_FOUND"


def test_a_list_is_read_page_by_page_newest_gift_first(receipting):
    at = datetime(2026, 11, 26, 18, tzinfo=UTC)
    for n in (2, 1, 3):
        receipting.gave(n * 100, at=at + timedelta(days=n))
    first = receipting.backend.call("receipts_list", {"limit": 2}, uid="ann")
    rest = receipting.backend.call("receipts_list", {"cursor": first["nextCursor"]}, uid="ann")

    assert [item["amountCents"] for item in first["items"] + rest["items"]] == [300, 200, 100]
    assert rest["nextCursor"] is None


def test_a_mail_with_a_receipt_is_sent_by_no_other_worker_and_once(receipting):
    receipting.gave(25_000)
    (mail,) = receipting.admin.collection("outbox").list_documents()
    receipting.backend.task("mailSendTask", {"mailId": mail.id})
    assert receipting.inbox.calls() == []

    for _ in range(3):
        receipting.backend.task("receiptsSendTask", {"mailId": mail.id})
    assert len(receipting.inbox.calls()) == 1


def test_whose_name_is_gone_is_a_donor_on_older_receipts_too(named):
    named.gave(25_000)
    assert "Prepared for Ann Núñez" in pdf.read(named.pdf()).text
    named.admin.document("profiles/ann").delete()

    assert "Prepared for Donor" in pdf.read(named.pdf()).text


def test_whose_keys_were_destroyed_is_a_donor_too(named):
    from app.platform.records import destruction, vault

    named.gave(25_000)
    destruction.destroy_keys("ann", datetime.now(UTC))
    vault.keyring.forget()
    named.send()

    ((_, file),) = named.attachments()
    assert "Prepared for Donor" in pdf.read(file).text
