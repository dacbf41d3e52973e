"""Requests made from the JSON schemas of their models: right ones, and parts to make wrong."""

import re
from collections.abc import Callable, Iterator
from typing import Any

type Path = tuple[str | int, ...]
"""Names of fields and positions in lists that lead to a value."""
type Schema = dict[str, Any]

PATTERN_SAMPLES = (
    "a",
    "0",
    "2027",
    "2f1c1b52-6f3e-4a38-9a2e-0c9f5b1e7d11",
    "a@example.org",
    "A" * 43,
    "0" * 64,
    "CO",
    "food:1",
)
"""A value for each pattern that models have; the first that fits is taken."""
INSTANT = "2027-01-15T09:00:00Z"


def resolved(schema: Schema) -> Schema:
    """Return `schema` with every reference replaced by what it refers to."""

    def resolve(part: Any) -> Any:
        match part:
            case {"$ref": name, **rest}:
                target = schema["$defs"][name.removeprefix("#/$defs/")]
                return {**resolve(target), **resolve(rest)}
            case dict():
                return {key: resolve(value) for key, value in part.items() if key != "$defs"}
            case list():
                return [resolve(item) for item in part]
            case _:
                return part

    return resolve(schema)  # type: ignore[no-any-return]  # a dict gives a dict


def alternatives(schema: Schema) -> list[Schema]:
    """Return the schemas of which a value meets one; each has one `type`."""
    options: list[Schema] = schema.get("anyOf", [schema])
    return options


def sample(  # noqa: PLR0911  # one line for each type
    schema: Schema, text: Callable[[Path], str], path: Path = ()
) -> Any:
    """Return a value with every field, optional ones too.

    Args:
        schema: what it meets; without references.
        text: gives the free text at a path.
        path: where the value stands.
    """
    one = next(option for option in alternatives(schema) if option.get("type") != "null")
    match one:
        case {"enum": [first, *_]} | {"const": first}:
            return first
        case {"type": "object"}:
            properties = one.get("properties", {})
            return {name: sample(part, text, (*path, name)) for name, part in properties.items()}
        case {"type": "array"}:
            count = max(1, one.get("minItems", 0))
            return [sample(one["items"], text, (*path, place)) for place in range(count)]
        case {"type": "string", "pattern": pattern}:
            return next(value for value in PATTERN_SAMPLES if re.search(pattern, value))
        case {"type": "string", "format": "date-time"}:
            return INSTANT
        case {"type": "string"}:
            return text(path)
        case {"type": "integer" | "number"}:
            return one.get("minimum", 1)
        case {"type": "boolean"}:
            return True
    raise NotImplementedError(f"No sample for {one} at {path}.")


def parts(schema: Schema, path: Path = ()) -> Iterator[tuple[Path, Schema]]:
    """Yield the schema of every value inside of a sample, with its path."""
    for one in alternatives(schema):
        for name, part in one.get("properties", {}).items():
            yield (*path, name), part
            yield from parts(part, (*path, name))
        if "items" in one:
            yield (*path, 0), one["items"]
            yield from parts(one["items"], (*path, 0))


def at(value: Any, path: Path) -> Any:
    """Return the part of `value` at `path`."""
    for step in path:
        value = value[step]
    return value


def replaced(value: Any, path: Path, new: Any) -> Any:
    """Return `value` with `new` at `path`."""
    if not path:
        return new
    step, *rest = path
    changed = replaced(value[step] if _has(value, step) else None, tuple(rest), new)
    if isinstance(value, list):
        return [changed if place == step else item for place, item in enumerate(value)]
    return {**value, step: changed}


def without(value: Any, path: Path) -> Any:
    """Return `value` without the field at `path`."""
    holder = at(value, path[:-1])
    return replaced(value, path[:-1], {k: v for k, v in holder.items() if k != path[-1]})


def dotted(path: Path) -> str:
    """Return `path` as refusals name it."""
    return ".".join(map(str, path))


def _has(value: Any, step: str | int) -> bool:
    return step in value if isinstance(value, dict) else isinstance(step, int) and step < len(value)
