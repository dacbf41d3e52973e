"""What receipts say of the public ledger, and the proofs that are attached to them."""

from app.recovery.ledger.models import Kind
from app.recovery.ledger.models.proofs import ProofState
from app.recovery.ledger.policy.proofs import Proof, Proven
from app.recovery.receipts import gateway
from app.recovery.receipts.policy import in_ledger, sheets
from tests.support import pdf
from tests.support.toy_log import SALT, ToyLog, gift, record
from tests.unit.recovery.ledger import naive_tree
from tests.unit.recovery.receipts.samples import captured, receipt

LOG = ToyLog([gift(number) for number in range(7)])
URL = "https://storage.example/ledger"
LATER = "is not public there yet"


def place(index: int, kind: Kind = Kind.DONATION, *, opens: bool = True) -> Proven:
    """Return that an entry is public."""
    path = tuple(naive_tree.path(index, LOG.entries))
    proof = Proof(index, path, LOG.checkpoint(), SALT + record(index)) if opens else None
    return Proven(kind, ProofState.PUBLISHED, index, LOG.entries[index], proof)


def on_its_way(state: ProofState, kind: Kind = Kind.DONATION) -> Proven:
    return Proven(kind, state, None, gift(0))


def made(*places: Proven, told: in_ledger.Told | None = None) -> tuple[str, dict[str, bytes]]:
    """Return what a receipt says, and its files; it conforms to PDF/UA-1."""
    found = receipt(captured(250_00))
    told = told or in_ledger.told(found.number or "", places, URL)
    content = gateway.pdf(sheets.receipt(found, 1, "Ann Example", ledger=told))
    assert pdf.violations(content) == []
    reading = pdf.read(content)
    assert (2, "In the public ledger") in reading.headings
    return reading.text, pdf.attached(content)


def test_what_is_public_comes_with_its_proof_and_its_entry() -> None:
    text, files = made(place(3), place(5, Kind.REFUND))

    assert "Entry 3 is this gift. Entry 5 is a refund of it." in text
    assert f"named {LOG.origin}, lies at {URL}, and had 7 entries" in text
    assert "verify_ledger.py" in text
    assert LATER not in text
    number = receipt(captured(250_00)).number
    assert files == {
        f"{number}-entry-{index}.{suffix}": data
        for index in (3, 5)
        for suffix, data in (
            ("tlog-proof", LOG.proof(index, SALT + record(index)).encode()),
            ("json", LOG.entries[index]),
        )
    }


def test_what_is_on_its_way_is_said_to_come_later() -> None:
    for places in (
        (),
        (on_its_way(ProofState.PENDING),),
        (on_its_way(ProofState.SEQUENCED),),
        (on_its_way(ProofState.REJECTED),),
    ):
        text, files = made(*places)
        assert f"This gift {LATER}" in text
        assert "Attached" not in text
        assert files == {}

    text, files = made(place(3), on_its_way(ProofState.PENDING, Kind.REFUND))
    assert "Entry 3 is this gift." in text
    assert f"What happened to this gift since {LATER}" in text
    assert len(files) == 2


def test_what_cannot_be_opened_any_more_is_told_without_proof() -> None:
    text, files = made(place(3, opens=False))

    assert "Entry 3 is this gift." in text
    assert "Attached" not in text
    assert files == {}


def test_a_ledger_that_cannot_be_read_is_told() -> None:
    text, files = made(told=in_ledger.UNKNOWN)

    assert "could not be read when this page was made" in text
    assert files == {}


def test_every_kind_of_a_gift_has_its_name() -> None:
    for kind in (Kind.REVERSAL, Kind.DISPUTE_OPEN, Kind.DISPUTE_WON, Kind.DISPUTE_LOST):
        text, _ = made(place(3), place(5, kind))
        assert "Entry 5 is " in text
