"""What the databases hold of all this."""

from collections.abc import Iterator
from typing import Any

from google.cloud.firestore import Client

from tools.client import PROJECT
from tools.demo.show import title


def stored() -> None:
    """Show what the databases hold of all this."""
    title("What is stored (sealed and wrapped fields are ciphertext)")
    for database in ("(default)", "keys"):
        client = Client(project=PROJECT, database=database)
        for collection in sorted(client.collections(), key=lambda c: str(c.id)):
            documents = list(collection.stream())
            print(f"  {database:<10} {collection.id:<22}{len(documents):>3}", end="")
            print(f"  {sample(documents[0].to_dict() or {})}")


def sample(fields: dict[str, Any]) -> str:
    """Return a telling part of a document: ciphertext where there is some."""
    found = list(leaves(fields))
    for name, value in found:
        if isinstance(value, bytes) and not value.startswith(b"{"):
            return f"{name} = {value[:18].hex()}... ({len(value)} bytes)"
    shown = [(name, value) for name, value in found if name not in {"revision", "writeId"}]
    return ", ".join(f"{name} = {str(value)[:48]}" for name, value in shown[:2])


def leaves(fields: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of a document with its dotted name."""
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
