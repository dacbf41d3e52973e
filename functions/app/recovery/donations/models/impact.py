"""The messages of what a gift does, before it is given and after."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.kit.locale import Locale
from app.kit.model import Cents, DocumentId, Message
from app.kit.money import Currency
from app.recovery.catalog.models import Category, Text, Unit


class YesNo(StrEnum):
    """A choice in a query."""

    TRUE = "true"
    FALSE = "false"


class CalculateImpact(Message):
    """The request of `donations_calculate_impact`.

    Attributes:
        items: what of the catalogue and how many, such as `housing:2,bus:1`.
        custom_amount_cents: an amount of one's own choice besides.
        cover_fee: whether the donor pays the card's fee on top.
    """

    items: (
        Annotated[str, Field(pattern=r"^[a-z]{1,32}:[0-9]{1,2}(,[a-z]{1,32}:[0-9]{1,2}){0,19}$")]
        | None
    ) = None
    custom_amount_cents: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}$")] | None = None
    cover_fee: YesNo = YesNo.FALSE


class Funded(Message):
    """How many of an item are paid for; `unit` says whether they are things or weeks."""

    item_id: str
    name: Text
    unit: Unit
    quantity: int


class Solicitation(Message):
    """Whether gifts are asked for, and in which states the charity is registered to ask."""

    open: bool
    states: tuple[str, ...]


class Impact(Message):
    """The response of `donations_calculate_impact`.

    Attributes:
        amount_cents: what reaches the funds if the fee is covered, and before it is taken if not.
        fee_cover_cents: what the donor pays on top.
        charged_cents: what the donor pays altogether.
        allocation: what each fund gets of the amount.
        funded: what was chosen of the catalogue.
        could_fund: how many whole units of each item of aid an amount of one's own choice pays
            for, if it went to that alone. It is an illustration: such an amount goes where it is
            needed first.
        solicitation: whether gifts are asked for now, and where.
    """

    currency: Currency
    amount_cents: Cents
    fee_cover_cents: Cents
    charged_cents: Cents
    allocation: dict[Category, Cents]
    funded: tuple[Funded, ...]
    could_fund: tuple[Funded, ...]
    solicitation: Solicitation


class GetShareCard(Message):
    """The request of `donations_get_share_card`.

    Attributes:
        with_amount: whether the card tells the amount.
        with_name: whether it tells the donor's first name; never for an anonymous gift.
    """

    donation_id: DocumentId
    locale: Locale
    with_amount: bool = False
    with_name: bool = False


class ShareCard(Message):
    """The response of `donations_get_share_card`.

    Attributes:
        headline: who gave, or that somebody did.
        lines: what the gift pays for.
        amount: as it is written in the language; None unless asked for.
        svg: the card as an image, 1200 by 630. It holds nothing but the texts above.
    """

    headline: str
    lines: tuple[str, ...]
    amount: str | None
    svg: str
