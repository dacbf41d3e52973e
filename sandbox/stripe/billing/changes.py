"""Changes of objects, told as events with the former values."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.stripe.account import Account
from sandbox.stripe.params import Json

PREFIXES = {"subscription": "customer.subscription"}
"""How the types of events begin where it is not as the object is called."""


@contextmanager
def recorded(account: Account, thing: Json, kind: str | None = None) -> Iterator[None]:
    """Tell what the block changes in `thing`; an unchanged object makes no event.

    Args:
        account: where it is.
        thing: what is about to change.
        kind: the type of the event, by default `{object}.updated`.
    """
    before = copy.deepcopy(thing)
    yield
    if previous := difference(before, thing):
        prefix = PREFIXES.get(thing["object"], thing["object"])
        account.emit(kind or f"{prefix}.updated", thing, previous)


def difference(before: Json, after: Json) -> Json:
    """Return the former values of what changed; what is new was null."""
    return {
        name: _former(before.get(name), after.get(name))
        for name in before | after
        if before.get(name) != after.get(name)
    }


def _former(before: Any, after: Any) -> Any:
    if isinstance(before, dict) and isinstance(after, dict):
        return difference(before, after)
    return before


def merged(metadata: dict[str, str], changes: dict[str, str]) -> dict[str, str]:
    """Return metadata with changes; an empty value unsets its key."""
    return {name: value for name, value in (metadata | changes).items() if value}
