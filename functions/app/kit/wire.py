"""Requests as they come over the wire: JSON that every client and every store reads alike.

A body must be I-JSON (RFC 7493): UTF-8, no duplicate names, no unpaired surrogates, no number
that a double cannot carry exactly. U+0000 is refused as well, since files made from texts cannot
hold it.
"""

import json
import math
from typing import Any

from pydantic import ValidationError

from app.kit.errors import InvalidArgumentError
from app.kit.model import Message

MAX_DEPTH = 16
MAX_EXACT_INTEGER = 2**53 - 1
MAX_PROBLEMS = 20
MAX_NAME = 80


def read_json(body: bytes) -> Any:
    """Return the JSON value in `body`.

    Raises:
        InvalidArgumentError: it is no I-JSON. Names the field where there is one.
    """
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_without_duplicates)
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise InvalidArgumentError.of("body", "must be JSON in UTF-8") from error
    return checked(value)


def checked[T](value: T) -> T:
    """Return `value`, which is made of JSON types, as it is.

    Raises:
        InvalidArgumentError: names the field that holds what I-JSON does not allow.
    """
    _check(value, "", 0)
    return value


def parse[M: Message](message_type: type[M], data: Any) -> M:
    """Return `data`, which came as JSON, as a message.

    Raises:
        InvalidArgumentError: names every field that is missing, unknown or wrong.
    """
    try:
        return message_type.model_validate_json(json.dumps(data), by_alias=True, by_name=False)
    except ValidationError as error:
        problems = [
            {"field": _name(*e["loc"]), "problem": e["msg"].removeprefix("Value error, ")}
            for e in error.errors(include_url=False, include_input=False)[:MAX_PROBLEMS]
        ]
        named = ", ".join(problem["field"] for problem in problems)
        raise InvalidArgumentError(f"Check these fields: {named}.", problems) from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidArgumentError.of(_name(twice), "stands twice")
    return fields


def _check(value: Any, field: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InvalidArgumentError.of(_name(field), "is nested too deeply")
    match value:
        case str():
            _check_text(value, field)
        case dict():
            for name, item in value.items():
                _check_text(name, f"{field}.{name}")
                _check(item, f"{field}.{name}", depth + 1)
        case list():
            for index, item in enumerate(value):
                _check(item, f"{field}.{index}", depth + 1)
        case float() if not math.isfinite(value):
            raise InvalidArgumentError.of(_name(field), "must be a finite number")
        case int() if abs(value) > MAX_EXACT_INTEGER:
            raise InvalidArgumentError.of(_name(field), "must be within 2^53 - 1")


def _check_text(text: str, field: str) -> None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidArgumentError.of(_name(field), "must not hold U+0000 or an unpaired surrogate")


def _name(*parts: object) -> str:
    """Return the dotted name of a field, fit to be shown: the client may have made it up."""
    dotted = ".".join(map(str, parts)).removeprefix(".").removeprefix("data.")
    printable = "".join(c if c.isprintable() else "?" for c in dotted[:MAX_NAME])
    return printable or "data"
