"""Typst, which makes PDFs in this process. The only importer of it."""

import dataclasses
import json
from functools import cache
from pathlib import Path

import typst

from app.recovery.receipts.models.sheets import Sheet

_TEMPLATE = Path(__file__).with_name("sheet.typ")


def pdf(sheet: Sheet) -> bytes:
    """Return a page as a PDF: tagged, with its fonts, the same bytes for the same sheet.

    Texts go in as data and are never read as markup.

    Raises:
        typst.TypstError: no font at hand has one of the characters.
    """
    data = json.dumps(dataclasses.asdict(sheet))
    made = typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"sheet": data},
        pdf_standards="ua-1",  # ISO 14289-1; Typst refuses what it knows not to conform
        ignore_system_fonts=True,
        timestamp=0,  # the day of issue is in the sheet
    )
    assert isinstance(made, bytes)  # noqa: S101  # a list is for formats of one file a page
    return made


@cache
def _template() -> bytes:
    return _TEMPLATE.read_bytes()
