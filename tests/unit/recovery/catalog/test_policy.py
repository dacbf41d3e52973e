"""The catalogue: what a gift can pay for, at the published prices."""

from app.recovery.catalog import policy


def test_the_catalogue_is_the_published_one() -> None:
    listed = [
        (item.id, item.unit_amount_cents, item.category, item.group, item.unit)
        for item in policy.CATALOG.items
    ]

    assert listed == [
        ("food", 45_00, "FOOD", "essentials", "item"),
        ("meds", 25_00, "MEDICAL", "essentials", "item"),
        ("clothing", 65_00, "CLOTHING", "essentials", "item"),
        ("housing", 125_00, "HOUSING", "stability", "week"),
        ("operations", 15_00, "OPERATIONS", "stability", "item"),
        ("laptop", 150_00, "TECH", "access", "item"),
        ("bus", 35_00, "TRANSPORT", "access", "item"),
        ("docs", 30_00, "IDENTITY", "access", "item"),
        ("custom", 10_00, "FLEX", "flex", "item"),
    ]
    assert {(i.min_quantity, i.max_quantity, i.currency) for i in policy.CATALOG.items} == {
        (1, 10, "USD")
    }


def test_a_custom_amount_is_flexible() -> None:
    custom = policy.CATALOG.custom_amount

    assert (custom.min_cents, custom.max_cents, custom.category) == (100, 1_000_000, "FLEX")


def test_every_item_has_its_texts_in_both_languages() -> None:
    for item in policy.CATALOG.items:
        for text in (item.name, item.description):
            assert text.en
            assert text.es
            assert text.en != text.es
