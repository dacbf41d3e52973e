"""The live document of something that is being written, and the text in it."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from app.kit.model import Instant, Revised

_LINK = re.compile(r"(?i)\bhttps?:|\bwww\.")


class Source(StrEnum):
    """Who wrote it. What the rules wrote never passes for the model's work."""

    MODEL = "model"
    RULES = "rules"


def not_blank(text: str) -> str:
    """Return `text` as it is.

    Raises:
        PydanticCustomError: there is nothing in it but white space.
    """
    if not text.strip():
        raise PydanticCustomError("blank", "Must not be only white space")
    return text


def _without_links(text: str) -> str:
    """Return `text` as it is: an address that a model made up may lead anywhere."""
    if _LINK.search(text):
        raise PydanticCustomError("link", "Must not hold a link")
    return text


WrittenText = Annotated[
    str,
    Field(min_length=1, max_length=600),
    AfterValidator(not_blank),
    AfterValidator(_without_links),
]
"""A sentence or a few, written by the model or the rules for the person. Code points, no links."""


class Generated(Revised):
    """What a live document shows of work that goes on behind it. Nothing in it is sensitive.

    `lease_until` is when a sweep may take the work up: while nobody has started, a grace period;
    while somebody works, their lease; none once it is done. `attempts` counts the starts, and so
    tells one worker from the next.
    """

    uid: str
    progress: Annotated[int, Field(ge=0, le=100)] = 0
    source: Source | None = None
    attempts: Annotated[int, Field(ge=0)] = 0
    lease_until: Instant | None
