"""What US tax law wants said, on each side of each boundary, as a screen reader finds it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.recovery.receipts import gateway
from app.recovery.receipts.models.sheets import Sheet
from app.recovery.receipts.models.statements import Statement
from app.recovery.receipts.policy import sheets, statements
from app.recovery.receipts.policy.wording import Goods, dollars
from tests.support import pdf
from tests.unit.recovery.receipts.samples import AT, ISSUER, captured, followed, movement, receipt

NOTHING_GIVEN = "No goods or services were provided in exchange for this contribution."
SOMETHING_GIVEN = "In exchange for this contribution we provided a dinner."
LIMITED = "is limited to the excess of the money you contributed over the value"
DINNER = Goods(25_00, "a dinner")


def made(sheet: Sheet) -> pdf.Reading:
    """Return what the PDF of a page says; it conforms to PDF/UA-1."""
    content = gateway.pdf(sheet)
    assert pdf.violations(content) == []
    reading = pdf.read(content)
    assert (reading.title, reading.language) == (sheet.title, "en-US")
    assert reading.created == "{}{:02}{:02}".format(*sheet.issued)
    assert reading.headings[0][0] == 1
    return reading


def paid(cents: int, goods: Goods | None = None) -> pdf.Reading:
    """Return what the receipt of a payment says."""
    found = receipt(captured(cents))
    plain = sheets.receipt(found, 1, "Ann Example")
    return made(plain if goods is None else sheets.receipt(found, 1, "Ann Example", goods))


def corrected(cents: int, *gone_back: int) -> pdf.Reading:
    """Return what the last version says after refunds."""
    moved = [movement("refunded", f"re_{n}", back) for n, back in enumerate(gone_back)]
    found = receipt(captured(cents), *moved)
    return made(sheets.receipt(found, len(found.versions), "Ann Example"))


@pytest.mark.parametrize("cents", [1, 74_99, 75_00, 75_01, 249_99, 250_00, 10_000_00])
@pytest.mark.parametrize("goods", [None, DINNER])
def test_each_receipt_says_who_received_how_much_from_whom_and_when(
    cents: int, goods: Goods | None
) -> None:
    text = paid(cents, goods).text

    assert "Sample Charity" in text
    assert "EIN 00-1234567" in text
    assert "1 Sample Street, Denver, CO 80000" in text
    assert "Registered in Colorado, no. 1." in text
    assert "section 501(c)(3)" in text
    assert "Prepared for Ann Example" in text
    assert "Receipt number SW-2026-000123 Version 1 Date of gift November 26, 2026" in text
    assert f"Amount paid {dollars(cents)} USD" in text
    assert "returned" not in text


@pytest.mark.parametrize(("cents", "said"), [(249_99, False), (250_00, True), (250_01, True)])
def test_what_was_given_in_return_is_acknowledged_from_250_dollars(
    cents: int, *, said: bool
) -> None:
    assert (NOTHING_GIVEN in paid(cents).text) is said
    assert (SOMETHING_GIVEN in paid(cents, DINNER).text) is said
    assert ("Our good-faith estimate of its value is $25.00." in paid(cents, DINNER).text) is said
    assert NOTHING_GIVEN not in paid(cents, DINNER).text
    assert SOMETHING_GIVEN not in paid(cents).text


@pytest.mark.parametrize(
    ("cents", "said"), [(74_99, False), (75_00, False), (75_01, True), (250_00, True)]
)
def test_what_can_be_deducted_is_disclosed_above_75_dollars_paid_for_goods(
    cents: int, *, said: bool
) -> None:
    text = paid(cents, DINNER).text

    assert (LIMITED in text) is said
    assert ("which we estimate in good faith at $25.00" in text) is said
    assert (f"That excess is {dollars(cents - 25_00)}." in text) is said
    assert LIMITED not in paid(cents).text


def test_a_payment_worth_less_than_the_goods_leaves_nothing_to_deduct() -> None:
    assert "That excess is $0.00." in paid(80_00, Goods(90_00, "a dinner")).text


def test_a_corrected_receipt_says_what_was_refunded_when_and_what_is_left() -> None:
    reading = corrected(250_00, 40_00)

    assert reading.headings == ((1, "Corrected receipt"),)
    assert "Corrected: $40.00 of this was refunded on November 26, 2026." in reading.text
    assert "This version 2 replaces every earlier one." in reading.text
    assert "Amount returned $40.00 USD Amount of the gift $210.00 USD" in reading.text
    assert NOTHING_GIVEN in reading.text  # by what was paid


def test_the_first_version_still_says_what_it_said() -> None:
    found = receipt(captured(250_00), movement("refunded", "re_1", 40_00))
    first = gateway.pdf(sheets.receipt(receipt(captured(250_00)), 1, "Ann Example"))

    assert gateway.pdf(sheets.receipt(found, 1, "Ann Example")) == first


def test_a_receipt_of_which_everything_went_back_is_void() -> None:
    reading = corrected(250_00, 200_00, 50_00)

    assert reading.headings == ((1, "Void receipt"),)
    assert "Void: $200.00 of this was refunded on November 26, 2026. $50.00" in reading.text
    assert "Amount of the gift $0.00 USD" in reading.text
    assert "It is no contribution, and nothing of it may be deducted." in reading.text
    assert "Thank you" not in reading.text
    assert NOTHING_GIVEN not in reading.text
    assert "deductible" not in reading.text


def test_a_lost_dispute_says_who_returned_the_money() -> None:
    found = receipt(captured(250_00), movement("dispute_lost", "dp_1", 100_00))
    text = made(sheets.receipt(found, 2, "Ann Example")).text

    assert "Corrected: $100.00 of this was returned through the donor's bank on" in text


def test_a_refund_that_failed_leaves_a_version_that_says_that_all_of_it_stands() -> None:
    refunded = [captured(250_00), movement("refunded", "re_1", 250_00)]
    found = followed(receipt(*refunded), [*refunded, movement("refund_failed", "re_1", 250_00)])
    text = made(sheets.receipt(found, 3, "Ann Example")).text

    assert "Corrected: Nothing is returned any more; the whole amount stands." in text
    assert "Amount returned" not in text


def test_a_cent_that_is_left_is_a_gift() -> None:
    assert corrected(250_00, 249_99).headings == ((1, "Corrected receipt"),)


def stated(*amounts: int, back: int = 0) -> Statement:
    """Return the issued statement of payments, of the first of which something went back."""
    issued = [receipt(captured(cents, f"pi_{n}"), place=n) for n, cents in enumerate(amounts, 1)]
    if back:
        refund = movement("refunded", "re_1", back, payment_id="pi_1")
        issued[0] = followed(issued[0], [captured(amounts[0], "pi_1"), refund])
    statement = statements.touched(None, issued[0], AT)
    return statements.issued(statement, statements.lines(issued), ISSUER, AT)


def test_a_statement_lists_every_receipt_and_its_total() -> None:
    reading = made(sheets.statement(stated(250_00, 75_00, back=40_00), "Ann Example"))

    assert reading.headings == ((1, "Giving statement 2026"), (2, "Receipts of the year"))
    assert reading.header_cells[2:] == ("Receipt", "Date of gift", "Paid", "Returned", "Gift")
    assert "Total of your gifts $285.00 USD" in reading.text
    assert "SW-2026-000001 November 26, 2026 $250.00 $40.00 $210.00" in reading.text
    assert "SW-2026-000002 November 26, 2026 $75.00 $0.00 $75.00" in reading.text
    assert "Total $325.00 $40.00 $285.00" in reading.text
    assert "Corrected" not in reading.text


def test_a_corrected_statement_says_so() -> None:
    first = stated(250_00)
    second = statements.issued(first, stated(250_00, back=40_00).lines, ISSUER, AT)
    reading = made(sheets.statement(second, "Ann Example"))

    assert "Corrected: this statement, version 2, replaces every earlier one" in reading.text


def test_a_statement_of_many_pages_conforms_too() -> None:
    reading = made(sheets.statement(stated(*range(1, 121)), "Ann Example"))

    assert [line for line in reading.lines if line.startswith("SW-")] == [
        f"SW-2026-{place:06d}" for place in range(1, 121)
    ]


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@settings(max_examples=20, deadline=None)
@example('#panic() $x$ *b* _c_ <d> @e `f` \\ ] // /* = + - [[ #include "/etc/passwd"', None)
@example("李小龍", "😀")
@example("\ud800", "\x00\u2028\u202e")
@given(ANY_TEXT, st.none() | ANY_TEXT)
def test_any_name_makes_a_receipt_that_conforms_and_says_the_name_or_donor(
    first: str, last: str | None
) -> None:
    name = sheets.printable(first, last)
    reading = made(sheets.receipt(receipt(captured(100)), 1, name))

    assert f"Prepared for {name}" in reading.lines


def test_names_of_many_alphabets_are_printed_as_they_are() -> None:
    for name in ("Ann O'Brien-Smith", "José Nuñez", "Žofie Øre", "Иван Петров", "Ωμέγα", "שלום"):
        assert sheets.printable(*name.split()) == name
        assert made(sheets.receipt(receipt(captured(100)), 1, name))
    assert sheets.printable("Jose\u0301", "Nun\u0303ez") == "José Nuñez"


def test_every_letter_that_counts_as_printable_can_be_printed() -> None:
    letters = [
        chr(code) for code in range(0x21, 0x2100) if sheets.printable(chr(code)) == chr(code)
    ]

    assert len(letters) > 1000
    made(sheets.receipt(receipt(captured(100)), 1, " ".join(letters)))


def test_who_tells_no_name_is_a_donor() -> None:
    assert sheets.printable(None, None) == "Donor"
    assert sheets.printable("李", "小龍") == "Donor"
    assert sheets.printable(" ", "\n") == "Donor"


def test_the_same_receipt_is_the_same_file() -> None:
    sheet = sheets.receipt(receipt(captured(250_00)), 1, "Ann Example")

    assert gateway.pdf(sheet) == gateway.pdf(sheet)
