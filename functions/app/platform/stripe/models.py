"""What is common to the parts of Stripe's objects that this backend reads."""

from typing import Annotated

from pydantic import ConfigDict, Field

from app.kit.model import Message

StripeId = Annotated[str, Field(pattern=r"^[a-z]{2,12}_[A-Za-z0-9_]{1,100}$")]


class StripeData(Message):
    """A part of one of Stripe's objects, under Stripe's own names."""

    model_config = ConfigDict(alias_generator=None, extra="ignore")
