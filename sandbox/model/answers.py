"""Values that satisfy the JSON schemas which the Gemini API accepts."""

import math
from collections.abc import Callable
from random import Random
from typing import Any

from sandbox.model.text import text

ANNOTATIONS = {"title", "description", "default", "example", "propertyOrdering", "$defs", "$id"}
UNDERSTOOD = ANNOTATIONS | {
    *("$ref", "anyOf", "oneOf", "const", "enum", "type", "format", "nullable"),
    *("properties", "required", "additionalProperties", "items", "minItems", "maxItems"),
    *("minLength", "maxLength", "minimum", "maximum"),
}
DATES = {"date-time": "2027-01-15T09:00:00Z", "date": "2027-01-15", "time": "09:00:00Z"}
ATTEMPTS = 20
"""How often an item of an array is drawn again to differ from those before."""


type Maker = Callable[[dict[str, Any]], Any]


class SchemaError(ValueError):
    """A schema that no answer is known for."""


def answer(schema: dict[str, Any], random: Random) -> Any:
    """Return a value that satisfies `schema`; the same generator gives the same value.

    Raises:
        SchemaError: the schema is malformed, or asks for what this does not understand.
    """
    try:
        return _Answer(random, schema.get("$defs", {})).value(schema)
    except (AttributeError, LookupError, RecursionError, TypeError) as error:
        raise SchemaError(f"The schema is malformed: {error!r}.") from error


class _Answer:
    def __init__(self, random: Random, definitions: dict[str, Any]) -> None:
        self._random = random
        self._definitions = definitions
        self._makers: dict[str, Maker] = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "integer": self._integer,
            "number": self._number,
            "boolean": lambda _: random.random() < 1 / 2,
            "null": lambda _: None,
        }

    def value(self, schema: dict[str, Any]) -> Any:
        if unknown := schema.keys() - UNDERSTOOD:
            raise SchemaError(f"The stand-in does not understand {', '.join(sorted(unknown))}.")
        if "$ref" in schema:
            return self.value(self._definitions[schema["$ref"].removeprefix("#/$defs/")])
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        for choices in ("anyOf", "oneOf"):
            if choices in schema:
                return self.value(schema[choices][0])
        kind = schema["type"]
        name = (kind[0] if isinstance(kind, list) else kind).lower()
        if name not in self._makers:
            raise SchemaError(f"The stand-in does not understand the type {name}.")
        return self._makers[name](schema)

    def _object(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {name: self.value(part) for name, part in schema.get("properties", {}).items()}

    def _array(self, schema: dict[str, Any]) -> list[Any]:
        """Return distinct items, as far as there are enough of them."""
        least = int(schema.get("minItems", 1))
        count = self._random.randint(least, int(schema.get("maxItems", least + 1)))
        items: list[Any] = []
        for _ in range(count):
            item = self.value(schema["items"])
            for _ in range(ATTEMPTS):
                if item not in items:
                    break
                item = self.value(schema["items"])
            if item not in items or len(items) < least:
                items.append(item)
        return items

    def _string(self, schema: dict[str, Any]) -> str:
        if "format" in schema:
            if schema["format"] not in DATES:
                raise SchemaError(f"The stand-in does not understand {schema['format']}.")
            return DATES[schema["format"]]
        most = schema.get("maxLength")
        least = int(schema.get("minLength", 0))
        return text(self._random, least, None if most is None else int(most))

    def _integer(self, schema: dict[str, Any]) -> int:
        low, high = _bounds(schema)
        return self._random.randint(math.ceil(low), math.floor(high))

    def _number(self, schema: dict[str, Any]) -> float:
        low, high = _bounds(schema)
        return min(max(round(self._random.uniform(low, high), 2), low), high)


def _bounds(schema: dict[str, Any]) -> tuple[float, float]:
    low = schema.get("minimum")
    high = schema.get("maximum")
    if low is None:
        low = 0 if high is None else min(0, high)
    return low, low + 100 if high is None else high
