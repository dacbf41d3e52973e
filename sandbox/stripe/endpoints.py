"""The shapes in which most operations are written down: with and without an object in the path."""

from collections.abc import Callable

from sandbox.stripe.account import Account
from sandbox.stripe.api import Operation
from sandbox.stripe.params import EXPAND, Json, Schema


def plain(
    method: str, path: str, schema: Schema, act: Callable[[Account, Json], Json]
) -> Operation:
    """Return the operation that takes parameters only."""
    return Operation(method, path, schema, lambda account, _, params: act(account, params))


def on(
    kind: str, method: str, path: str, schema: Schema, act: Callable[[Account, Json, Json], Json]
) -> Operation:
    """Return the operation on the object of a kind whose `{id}` is in the path."""
    return Operation(
        method,
        path,
        schema,
        lambda account, ids, params: act(account, account.get(kind, ids["id"]), params),
    )


def retrieve(kind: str, path: str) -> Operation:
    """Return the operation that answers the object itself."""
    return on(kind, "GET", path, EXPAND, lambda _, thing, __: thing)
