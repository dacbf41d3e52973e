"""Request parameters: Stripe's nested form fields, checked against what an operation takes.

A schema maps names to parsers. What a schema does not name is refused like a misspelling, also
where Stripe has such a parameter and this stand-in does not.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.stripe.errors import InvalidParameterError

type Json = dict[str, Any]
type Parser = Callable[[Any, str], Any]
"""Turns what was sent under the full name of a parameter into its value."""
type Schema = dict[str, Parser]

CLEARED: Any = ()
"""What `clearable` returns for an empty string: false, and not None, which is not sent."""
KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
MAX_TEXT = 5000
MAX_METADATA_KEYS = 50
MAX_METADATA_KEY = 40
MAX_METADATA_VALUE = 500


def decode(fields: Iterable[tuple[str, str]]) -> Json:
    """Return `a[b][0]=x` fields as nested dictionaries; lists stay dictionaries by index."""
    tree: Json = {}
    for name, text in fields:
        match = KEY.fullmatch(name)
        if match is None:
            raise InvalidParameterError(f"Invalid parameter name: {name}", param=name)
        first, rest = match.groups()
        node, key = tree, first
        for part in re.findall(r"\[([^\[\]]*)\]", rest):
            node = node.setdefault(key, {})
            if not isinstance(node, dict):
                raise InvalidParameterError(f"Invalid object: {first}", param=first)
            key = part or str(len(node))
        node[key] = text
    return tree


def parse(schema: Schema, sent: Any, prefix: str = "") -> Json:
    """Return the values of the parameters that were sent.

    Raises:
        InvalidParameterError: one is unknown, missing or malformed; it is named in full.
    """
    if not isinstance(sent, dict):
        raise InvalidParameterError("Invalid object", param=prefix)
    for name in sent:
        if name not in schema:
            full = _name(prefix, name)
            raise InvalidParameterError(
                f"Received unknown parameter: {full}", code="parameter_unknown", param=full
            )
    values = {name: parser(sent.get(name), _name(prefix, name)) for name, parser in schema.items()}
    return {name: value for name, value in values.items() if value is not None}


def _name(prefix: str, name: str) -> str:
    return f"{prefix}[{name}]" if prefix else name


def optional(parser: Parser) -> Parser:
    """Leave out what was not sent."""
    return lambda sent, name: None if sent is None else parser(sent, name)


def required(parser: Parser) -> Parser:
    """Refuse a request without this parameter."""

    def check(sent: Any, name: str) -> Any:
        if sent is None:
            raise InvalidParameterError(
                f"Missing required param: {name}.", code="parameter_missing", param=name
            )
        return parser(sent, name)

    return check


def text(sent: Any, name: str) -> str:
    """Parse a string that is not empty."""
    if not isinstance(sent, str):
        raise InvalidParameterError("Invalid string", param=name)
    if not sent:
        raise InvalidParameterError(
            f"You passed an empty string for '{name}'.", code="parameter_invalid_empty", param=name
        )
    if len(sent) > MAX_TEXT:
        raise InvalidParameterError(
            f"{name} may have {MAX_TEXT} characters.",
            code="parameter_invalid_string_length",
            param=name,
        )
    return sent


def integer(sent: Any, name: str) -> int:
    """Parse a whole number."""
    if not isinstance(sent, str) or not re.fullmatch(r"-?[0-9]{1,18}", sent):
        raise InvalidParameterError(
            f"Invalid integer: {sent}", code="parameter_invalid_integer", param=name
        )
    return int(sent)


def natural(sent: Any, name: str) -> int:
    """Parse a whole number from 1."""
    number = integer(sent, name)
    if number < 1:
        raise InvalidParameterError(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param=name,
        )
    return number


def boolean(sent: Any, name: str) -> bool:
    """Parse `true` or `false`."""
    if sent not in ("true", "false"):
        raise InvalidParameterError(f"Invalid boolean: {sent}", param=name)
    return bool(sent == "true")


def decimal(sent: Any, name: str) -> float:
    """Parse a number from 0 with up to four decimal places."""
    if not isinstance(sent, str) or not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,4})?", sent):
        raise InvalidParameterError(f"Invalid decimal: {sent}", param=name)
    return float(sent)


def clearable(parser: Parser) -> Parser:
    """Parse, where an empty string stands for nothing: it becomes `CLEARED`."""
    return lambda sent, name: CLEARED if sent == "" else parser(sent, name)


def one_of(*choices: str) -> Parser:
    """Parse one of a few words."""

    def check(sent: Any, name: str) -> str:
        if sent not in choices:
            raise InvalidParameterError(
                f"Invalid {name}: must be one of {', '.join(choices)}", param=name
            )
        return str(sent)

    return check


def record(schema: Schema) -> Parser:
    """Parse nested parameters."""
    return lambda sent, name: parse(schema, sent, name)


def array(parser: Parser) -> Parser:
    """Parse a list that is not empty."""

    def check(sent: Any, name: str) -> list[Any]:
        if not isinstance(sent, dict) or sorted(sent) != sorted(map(str, range(len(sent)))):
            raise InvalidParameterError("Invalid array", param=name)
        return [parser(sent[str(i)], f"{name}[{i}]") for i in range(len(sent))]

    return check


def currency(sent: Any, name: str) -> str:
    """Parse an ISO 4217 code; Stripe writes them in lower case."""
    code = text(sent, name).lower()
    if not re.fullmatch(r"[a-z]{3}", code):
        raise InvalidParameterError(f"Invalid currency: {sent}", param=name)
    return code


def web_address(sent: Any, name: str) -> str:
    """Parse an absolute web address."""
    if not re.fullmatch(r"https?://[^\s<>\"]+", text(sent, name)):
        raise InvalidParameterError("Not a valid URL", code="url_invalid", param=name)
    return str(sent)


def metadata(sent: Any, name: str) -> dict[str, str]:
    """Parse up to 50 pairs, keys up to 40 and values up to 500 characters."""
    return {key: value for key, value in metadata_changes(sent, name).items() if value}


def metadata_changes(sent: Any, name: str) -> dict[str, str]:
    """Parse metadata for an object that has some: an empty value unsets its key."""
    if not isinstance(sent, dict) or len(sent) > MAX_METADATA_KEYS:
        raise InvalidParameterError(f"Metadata may have {MAX_METADATA_KEYS} keys", param=name)
    for key, value in sent.items():
        if len(key) > MAX_METADATA_KEY:
            raise InvalidParameterError("Metadata key too long", param=_name(name, key))
        if not isinstance(value, str) or len(value) > MAX_METADATA_VALUE:
            raise InvalidParameterError(
                f"Metadata values may have {MAX_METADATA_VALUE} characters", param=_name(name, key)
            )
    return dict(sent)


def moments(sent: Any, name: str) -> dict[str, int]:
    """Parse a moment, or bounds `gt`, `gte`, `lt`, `lte`, in Unix seconds."""
    if isinstance(sent, dict):
        bound = optional(integer)
        return parse(dict.fromkeys(("gt", "gte", "lt", "lte"), bound), sent, name)
    at = integer(sent, name)
    return {"gte": at, "lte": at}


def moment_or(*words: str) -> Parser:
    """Parse a moment in Unix seconds, or one of a few words."""
    return lambda sent, name: sent if sent in words else integer(sent, name)


EXPAND: Schema = {"expand": optional(array(text))}
PAGE: Schema = EXPAND | {
    "limit": optional(natural),
    "starting_after": optional(text),
    "ending_before": optional(text),
}
