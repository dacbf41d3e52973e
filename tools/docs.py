"""Writes the generated pages of docs/: every function, and every collection with its fields.

python -m tools.docs [--check]
"""

import inspect
import os
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    TypeAliasType,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SHOWN_VALUES = 6
NOTE = "<!-- Written by `make docs` from the code. -->\n"


def main() -> None:
    """Write the pages, or with `--check` fail where one is out of date."""
    sys.path.insert(0, str(ROOT / "functions"))
    os.environ["FUNCTIONS_EMULATOR"] = "true"  # so that no secret is asked for
    stale = []
    for name, page in pages().items():
        path = DOCS / name
        if not path.exists() or path.read_text() != page:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(page)
    if stale:
        print(f"{'Out of date' if '--check' in sys.argv else 'Written'}: {', '.join(stale)}")
    sys.exit(bool(stale) and "--check" in sys.argv)


def pages() -> dict[str, str]:
    """Return every generated page by its file name."""
    return {
        "functions.md": functions_page(),
        "data-model.md": data_model_page(),
        "records.md": records_page(),
    }


def functions_page() -> str:
    """Return the list of functions: how each is started, what it takes, answers and refuses."""
    backend = import_module("main")
    lines = [NOTE, "# Functions\n"]
    for name, module in sorted(backend.FUNCTIONS.items()):
        function = getattr(backend, name)
        operation = inspect.unwrap(function)
        lines += [f"## {name}\n", f"{_started_by(function.__firebase_endpoint__)}. "]
        lines[-1] += f"In `{module}`.\n"
        lines.append(f"{inspect.getdoc(operation)}\n")
        hints = get_type_hints(operation)
        for title, hint in (("Request", hints.get("request")), ("Response", hints.get("return"))):
            if hasattr(hint, "model_fields"):
                lines += [f"{title}: {_fields(hint)}\n"]
    return "\n".join(lines)


def data_model_page() -> str:
    """Return the list of collections with the fields of their documents."""
    lines = [NOTE, "# Data model\n", "Fields are camelCase in Firestore.\n"]
    for collection, module in sorted(collections(), key=lambda item: str(item[0].name)):
        document = collection._type  # noqa: SLF001  # what it is typed with is the point here
        database = (
            "" if collection.database == "(default)" else f", database `{collection.database}`"
        )
        lines += [f"## {collection.name}\n", f"{inspect.getdoc(document)}\n"]
        lines += [f"In `{module}`{database}.\n", f"{_fields(document)}\n"]
    return "\n".join(lines)


def records_page() -> str:
    """Return the register: what is kept of people, who opens it, until when, what erasure does."""
    types = import_module("app.platform.records.register").TYPES
    personal = [row for row in types.values() if row.owner_field is not None]
    others = [row for row in types.values() if row.owner_field is None]
    lines = [NOTE, "# Register of records\n"]
    lines += ["## About a person\n", "Sealed fields are ciphertext under the person's key. The"]
    lines[-1] += " person opens all of their own; what else is opened, and for what, is below.\n"
    for row in sorted(personal, key=lambda row: str(row.collection)):
        lines += [f"### {row.collection}\n", f"{row.holds}. {row.category.capitalize()}.\n"]
        lines += [*_opened(row.access), *_kept(row), ""]
    lines += ["## About nobody\n"]
    lines += [f"* `{row.collection}`: {row.holds}." for row in others]
    return "\n".join(lines) + "\n"


def _opened(access: Any) -> list[str]:
    """Return who opens which sealed fields of a record, one line each."""
    if access is None:
        return ["* Nothing in it is sealed."]
    lines = [f"* Sealed: {_names(access.fields)}."]
    lines += [
        f"* Opened by the system for {purpose}: {_names(fields)}."
        for purpose, fields in access.system_opens.items()
    ]
    lines += [
        f"* Opened by {role} for {purpose}: {_names(fields)}."
        for (role, purpose), fields in sorted(access.staff_opens.items())
    ]
    if access.shared:
        lines.append(f"* A consent can cover: {_names(access.shared)}.")
    if access.emergency:
        lines.append(f"* In a medical emergency: {_names(access.emergency)}.")
    if not access.audited:
        lines.append("* Access is not audited by itself.")
    return lines


def _kept(row: Any) -> list[str]:
    """Return how long a record is kept, and what erasure and export do with it.

    A year of the register has 366 days, so that no calendar year is longer.
    """
    kept = "as long as the account"
    if row.retention is not None:
        days = row.retention.period.days
        period = f"{days // 366} years" if days % 366 == 0 else f"{days} days"
        kept = f"{period} after" if days else "until"
        since = row.retention.since
        kept += f" {since}" if " " in since else f" `{since}`"
    lines = [f"* Kept {kept}."]
    lines.append(f"* Erasing the person keeps it. {row.duty}" if row.duty else "* Erased.")
    if not row.exported:
        lines.append("* Not in the person's export.")
    return lines


def _names(fields: Iterable[str]) -> str:
    return ", ".join(f"`{field}`" for field in sorted(fields))


def collections() -> Iterator[tuple[Any, str]]:
    """Yield every collection of the code with the name of the module that owns it."""
    kind = import_module("app.kit.firestore").Collection
    app = import_module("app")
    for module in pkgutil.walk_packages(app.__path__, "app."):
        for value in vars(import_module(module.name)).values():
            owner = module.name.endswith((".store", ".dead_letters")) or ".store." in module.name
            if isinstance(value, kind) and owner:
                yield value, module.name


def _started_by(endpoint: Any) -> str:
    if endpoint.blockingTrigger is not None:
        return "Blocking function of Firebase Auth"
    if endpoint.callableTrigger is not None:
        return "Callable"
    if endpoint.scheduleTrigger is not None:
        return f"Schedule: {endpoint.scheduleTrigger['schedule']}"
    if endpoint.taskQueueTrigger is not None:
        return "Task queue"
    if endpoint.eventTrigger is not None:
        event = endpoint.eventTrigger
        kind = str(event["eventType"]).rpartition(".")[2]
        return f"Document {kind}: `{event['eventFilterPathPatterns']['document']}`"
    return "HTTP"


def _fields(model: Any) -> str:
    fields = []
    for name, field in model.model_fields.items():
        optional = "" if field.is_required() else "?"
        fields.append(f"`{field.alias or name}{optional}` {_type_name(field.annotation)}")
    return ", ".join(fields) or "nothing"


def _type_name(hint: Any) -> str:
    """Return a type as readers of the API know it."""
    parts = [part for part in get_args(hint) if part is not ...]
    if isinstance(hint, TypeAliasType):
        name = _type_name(hint.__value__)
    elif get_origin(hint) is Annotated:
        name = _type_name(parts[0])
    elif get_origin(hint) in {Union, UnionType}:
        name = " or ".join(map(_type_name, parts))
    elif get_origin(hint) is Literal:
        name = "|".join(map(repr, parts))
    elif hint is type(None):
        name = "null"
    elif isinstance(hint, type) and issubclass(hint, Enum):
        values = [str(member.value) for member in hint]
        name = "|".join(values[:SHOWN_VALUES]) + ("|..." if len(values) > SHOWN_VALUES else "")
    elif parts:
        name = f"{get_origin(hint).__name__} of {', '.join(map(_type_name, parts))}"
    else:
        name = hint.__name__
    return name


if __name__ == "__main__":
    main()
