"""The catalogue itself. Prices come from here, never from a client."""

from app.kit.money import Currency
from app.recovery.catalog.models import (
    MAX_CUSTOM_CENTS,
    MAX_QUANTITY,
    MIN_CUSTOM_CENTS,
    MIN_QUANTITY,
    Catalog,
    CatalogItem,
    Category,
    CustomAmount,
    Group,
    Text,
    Unit,
)


def _item(  # noqa: PLR0913, PLR0917  # one row of the catalogue
    item_id: str,
    cents: int,
    category: Category,
    group: Group,
    name: Text,
    description: Text,
    unit: Unit = Unit.ITEM,
) -> CatalogItem:
    return CatalogItem(
        id=item_id,
        name=name,
        description=description,
        unit_amount_cents=cents,
        currency=Currency.USD,
        category=category,
        group=group,
        unit=unit,
        min_quantity=MIN_QUANTITY,
        max_quantity=MAX_QUANTITY,
    )


CATALOG = Catalog(
    items=(
        _item(
            "food",
            45_00,
            Category.FOOD,
            Group.ESSENTIALS,
            Text(en="Food", es="Alimentos"),
            Text(en="Groceries for someone in recovery", es="Despensa para quien se recupera"),
        ),
        _item(
            "meds",
            25_00,
            Category.MEDICAL,
            Group.ESSENTIALS,
            Text(en="Medication", es="Medicamentos"),
            Text(en="A prescription's cost", es="El costo de una receta"),
        ),
        _item(
            "clothing",
            65_00,
            Category.CLOTHING,
            Group.ESSENTIALS,
            Text(en="Clothing", es="Ropa"),
            Text(en="Clothes for work and weather", es="Ropa para el trabajo y el clima"),
        ),
        _item(
            "housing",
            125_00,
            Category.HOUSING,
            Group.STABILITY,
            Text(en="Housing", es="Vivienda"),
            Text(en="A week of rent in a sober home", es="Una semana de renta en un hogar sobrio"),
            Unit.WEEK,
        ),
        _item(
            "operations",
            15_00,
            Category.OPERATIONS,
            Group.STABILITY,
            Text(en="Operations", es="Operaciones"),
            Text(
                en="Keeps the organization running; kept apart from aid",
                es="Mantiene la organización; separado de la ayuda",
            ),
        ),
        _item(
            "laptop",
            150_00,
            Category.TECH,
            Group.ACCESS,
            Text(en="Laptop", es="Computadora portátil"),
            Text(en="A computer for work or study", es="Una computadora para trabajar o estudiar"),
        ),
        _item(
            "bus",
            35_00,
            Category.TRANSPORT,
            Group.ACCESS,
            Text(en="Bus pass", es="Pase de autobús"),
            Text(en="Rides to work and to meetings", es="Viajes al trabajo y a reuniones"),
        ),
        _item(
            "docs",
            30_00,
            Category.IDENTITY,
            Group.ACCESS,
            Text(en="Identity documents", es="Documentos de identidad"),
            Text(en="An id card or a birth certificate", es="Identificación o acta de nacimiento"),
        ),
        _item(
            "custom",
            10_00,
            Category.FLEX,
            Group.FLEX,
            Text(en="Flexible help", es="Ayuda flexible"),
            Text(en="Goes where it is needed first", es="Va a donde más se necesita"),
        ),
    ),
    custom_amount=CustomAmount(
        min_cents=MIN_CUSTOM_CENTS,
        max_cents=MAX_CUSTOM_CENTS,
        currency=Currency.USD,
        category=Category.FLEX,
    ),
)
ITEMS = {item.id: item for item in CATALOG.items}
