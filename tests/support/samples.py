"""Documents of every collection, with a marker of its own in every field."""

import importlib
import pkgutil
import types
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from tests.support.canaries import letters

if TYPE_CHECKING:
    from app.kit.firestore import Collection

_START = datetime(2027, 1, 1, tzinfo=UTC)


def collections() -> "dict[str, Collection[Any]]":
    """Return every collection of the backend by its name."""
    import app
    from app.kit.firestore import Collection

    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(app.__path__, "app.")
        if {"store", "dead_letters"} & set(module.name.split("."))
    ]
    found = [v for m in modules for v in vars(m).values() if isinstance(v, Collection)]
    return {collection.name: collection for collection in found}


class Marked:
    """Makes values that are found again: texts, numbers and times that stand nowhere else."""

    def __init__(self) -> None:
        self._numbers = count(7_000_000_001, 7919)
        self._minutes = count(1)

    def document(self, model: type[BaseModel]) -> dict[str, Any]:
        """Return a document with a marker in each field of its model, as stored."""
        return {
            field.alias or name: self.value(field.annotation)
            for name, field in model.model_fields.items()
        }

    def value(self, annotation: Any) -> Any:  # noqa: C901, PLR0911  # one line for each type
        """Return a marker of a type."""
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin in {Union, types.UnionType}:
            return self.value(next(a for a in arguments if a is not type(None)))
        if origin in {tuple, list, frozenset}:
            return [self.value(arguments[0])]
        if origin is dict:
            return {f"Key{letters(16)}": self.value(arguments[1])}
        if hasattr(annotation, "__metadata__"):
            return self.value(annotation.__origin__)
        if isinstance(annotation, type):
            if issubclass(annotation, BaseModel):
                return self.document(annotation)
            if issubclass(annotation, bool):
                return True
            if issubclass(annotation, int):
                return next(self._numbers)
            if annotation is AwareDatetime or issubclass(annotation, datetime):
                return _START + timedelta(minutes=next(self._minutes))
            if issubclass(annotation, bytes):
                return letters(16).encode()
        return f"Canary{letters(16)}"


def texts(value: Any) -> "set[str]":
    """Return every marker in a value, as JSON writes it; what is true or false marks nothing."""
    match value:
        case dict():
            made_up = {name for name in value if name.startswith("Key")}
            return made_up | {text for item in value.values() for text in texts(item)}
        case list():
            return {text for item in value for text in texts(item)}
        case bool() | None:
            return set()
        case datetime():
            return {value.isoformat().replace("+00:00", "Z")}
        case bytes():
            return {b64encode(value).decode()}
        case _:
            return {str(value)}
