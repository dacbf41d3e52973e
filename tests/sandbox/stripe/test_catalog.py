"""Customers, products and prices."""

import pytest
import stripe

from tests.sandbox.stripe.shop import Shop


def test_a_lookup_key_names_one_price(shop: Shop) -> None:
    product = shop.v1.products.create({"name": "Food"})
    first = shop.v1.prices.create(
        {"product": product.id, "currency": "usd", "unit_amount": 4500, "lookup_key": "food"}
    )
    with pytest.raises(stripe.InvalidRequestError) as taken:
        shop.v1.prices.create(
            {"product": product.id, "currency": "usd", "unit_amount": 5000, "lookup_key": "food"}
        )
    assert taken.value.param == "lookup_key"

    second = shop.v1.prices.create(
        {
            "product": product.id,
            "currency": "usd",
            "unit_amount": 5000,
            "lookup_key": "food",
            "transfer_lookup_key": True,
        }
    )

    found = shop.v1.prices.list({"lookup_keys": ["food", "meds"]}).data
    assert [price.id for price in found] == [second.id]
    assert shop.v1.prices.retrieve(first.id).lookup_key is None


def test_an_inactive_price_is_not_sold(shop: Shop) -> None:
    product = shop.v1.products.create({"name": "Food"})
    price = shop.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 4500})
    shop.v1.prices.update(price.id, {"active": False})

    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        shop.session(line_items=[{"price": price.id, "quantity": 1}])
    assert shop.v1.prices.list({"active": True}).data == []


def test_updates_merge_metadata(shop: Shop) -> None:
    product = shop.v1.products.create({"name": "Food", "metadata": {"a": "1", "b": "2"}})

    updated = shop.v1.products.update(product.id, {"name": "Meals", "metadata": {"b": "3"}})

    assert (updated.name, updated.metadata.to_dict()) == ("Meals", {"a": "1", "b": "3"})
    (event,) = shop.endpoint.until_type("product.updated")
    assert event["data"]["previous_attributes"]["name"] == "Food"


def test_customers_are_found_by_mail(shop: Shop) -> None:
    ada = shop.v1.customers.create({"email": "ada@b.test", "name": "Ada"})
    shop.v1.customers.create({"email": "bob@b.test"})

    found = shop.v1.customers.list({"email": "ada@b.test"}).data

    assert [customer.id for customer in found] == [ada.id]
    assert shop.session(customer=ada.id).customer == ada.id
    assert shop.v1.customers.update(ada.id, {"description": "first"}).name == "Ada"
