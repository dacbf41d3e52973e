"""`catalog_list` over HTTP."""

import pytest

from tests.support.errors import CallError


def test_anybody_reads_the_catalogue(backend):
    catalog = backend.get("catalog_list")

    assert len(catalog["items"]) == 9
    assert catalog["items"][3] == {
        "id": "housing",
        "name": {"en": "Housing", "es": "Vivienda"},
        "description": {
            "en": "A week of rent in a sober home",
            "es": "Una semana de renta en un hogar sobrio",
        },
        "unitAmountCents": 12_500,
        "currency": "USD",
        "category": "HOUSING",
        "group": "stability",
        "unit": "week",
        "minQuantity": 1,
        "maxQuantity": 10,
    }
    assert catalog["customAmount"] == {
        "minCents": 100,
        "maxCents": 1_000_000,
        "currency": "USD",
        "category": "FLEX",
    }


def test_a_parameter_that_it_does_not_have_is_named(backend):
    with pytest.raises(CallError) as refusal:
        backend.get("catalog_list", price="1")

    assert (refusal.value.http_status, refusal.value.fields) == (400, ["price"])


def test_it_is_read_only(backend):
    assert backend.request("catalog_list", json={}).status_code == 405
