"""How long documents are shown. What is past its time is as if it were gone, until it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Lifetime:
    """A document is shown for `period` after the instant in the field `since`, as stored."""

    since: str
    period: timedelta


_declared: dict[str, Lifetime] = {}


def declare(collection: str, lifetime: Lifetime) -> None:
    """Say how long the documents of a collection are shown, for every read of them."""
    _declared[collection] = lifetime


def over(collection: str, fields: Mapping[str, Any], at: datetime) -> bool:
    """Whether a document with these fields, as stored, is past its time."""
    lifetime = _declared.get(collection)
    since = None if lifetime is None else fields.get(lifetime.since)
    return lifetime is not None and isinstance(since, datetime) and since + lifetime.period <= at
