"""A page, by every text on it, in the order in which it is read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table with a row of headers; in all columns but the first there are amounts or dates."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A heading with paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class File:
    """A text that is attached to the page, and what it is, for whoever looks at the list."""

    name: str
    mime_type: str
    description: str
    text: str


@dataclass(frozen=True)
class Sheet:
    """All that a page says.

    Attributes:
        title: names the document, and nobody.
        heading: its heading.
        notice: what is different from a first version; "" where nothing is.
        issued: the day, as year, month and day.
        letterhead: who issued it, in lines.
        addressee: whom it is for.
        facts: labels and what they stand for.
        paragraphs: the words.
        table: of a statement.
        section: about the public ledger, of a receipt.
        files: are attached.
        closing: stands at the end.
        footer: stands below every page, where no screen reader reads it.
    """

    title: str
    heading: str
    notice: str
    issued: tuple[int, int, int]
    letterhead: tuple[str, ...]
    addressee: str
    facts: tuple[tuple[str, str], ...]
    paragraphs: tuple[str, ...]
    table: Table | None
    section: Section | None
    files: tuple[File, ...]
    closing: str
    footer: str
