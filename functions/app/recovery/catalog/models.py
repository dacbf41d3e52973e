"""What a donor can give to, and the messages of the catalogue's function."""

from enum import StrEnum

from app.kit.model import Cents, Message
from app.kit.money import Currency

MIN_QUANTITY = 1
MAX_QUANTITY = 10
MIN_CUSTOM_CENTS = 1_00
MAX_CUSTOM_CENTS = 10_000_00


class Category(StrEnum):
    """The funds of the public ledger. Money given to one is spent on nothing else."""

    HOUSING = "HOUSING"
    TRANSPORT = "TRANSPORT"
    TECH = "TECH"
    FOOD = "FOOD"
    MEDICAL = "MEDICAL"
    CLOTHING = "CLOTHING"
    IDENTITY = "IDENTITY"
    FLEX = "FLEX"
    OPERATIONS = "OPERATIONS"


class Group(StrEnum):
    """How the catalogue is shown."""

    ESSENTIALS = "essentials"
    STABILITY = "stability"
    ACCESS = "access"
    FLEX = "flex"


class Unit(StrEnum):
    """What one of a quantity is."""

    ITEM = "item"
    WEEK = "week"


class Text(Message):
    """A text in each language of the product."""

    en: str
    es: str


class CatalogItem(Message):
    """Something a donor can give, in quantities from `min_quantity` to `max_quantity`."""

    id: str
    name: Text
    description: Text
    unit_amount_cents: Cents
    currency: Currency
    category: Category
    group: Group
    unit: Unit
    min_quantity: int
    max_quantity: int


class CustomAmount(Message):
    """An amount of the donor's choice, from `min_cents` to `max_cents`."""

    min_cents: Cents
    max_cents: Cents
    currency: Currency
    category: Category


class ListCatalog(Message):
    """The request of `catalog_list`."""


class Catalog(Message):
    """The response of `catalog_list`."""

    items: tuple[CatalogItem, ...]
    custom_amount: CustomAmount
