"""Lists, page by page."""

import operator

from sandbox.stripe.errors import InvalidParameterError, no_such
from sandbox.stripe.params import Json

PAGE_SIZE = 10
MAX_PAGE_SIZE = 100


def page(url: str, things: list[Json], params: Json) -> Json:
    """Return the list object for the part of `things` that `params` asks for."""
    bounds = params.get("created", {})
    things = [thing for thing in things if within(thing.get("created", 0), bounds)]
    limit = params.get("limit", PAGE_SIZE)
    if limit > MAX_PAGE_SIZE:
        raise InvalidParameterError(
            f"This value must be less than or equal to {MAX_PAGE_SIZE}.", param="limit"
        )
    ids = [thing["id"] for thing in things]
    if (cursor := params.get("starting_after")) is not None:
        things = things[_position(ids, cursor, "starting_after") + 1 :]
        more, things = len(things) > limit, things[:limit]
    elif (cursor := params.get("ending_before")) is not None:
        things = things[: _position(ids, cursor, "ending_before")]
        more, things = len(things) > limit, things[-limit:]
    else:
        more, things = len(things) > limit, things[:limit]
    return {"object": "list", "url": url, "has_more": more, "data": things}


def within(value: int, bounds: dict[str, int]) -> bool:
    """Tell whether a number keeps to the bounds that `params.moments` parsed."""
    compare = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
    return all(compare[name](value, bound) for name, bound in bounds.items())


def _position(ids: list[str], cursor: str, param: str) -> int:
    if cursor not in ids:
        raise no_such("object", cursor, param)
    return ids.index(cursor)
