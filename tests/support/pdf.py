"""PDFs as a screen reader takes them: by the structure tree, not by what is drawn where."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import page as checker
import pikepdf

NEW_LINE = {"H1", "H2", "P", "Caption", "TH", "TD", "TR", "Table", "LI", "Div", "Part"}


@dataclass(frozen=True)
class Reading:
    """What a PDF says.

    Attributes:
        title: as the window of a reader shows it.
        language: of the whole document.
        created: the day that it says it was made, as YYYYMMDD.
        headings: with their level, in order.
        lines: every text that is no artifact, in the order of the tags.
        header_cells: the texts of table cells that name a column.
    """

    title: str
    language: str
    created: str
    headings: tuple[tuple[int, str], ...]
    lines: tuple[str, ...]
    header_cells: tuple[str, ...]

    @property
    def text(self) -> str:
        """All lines, in one."""
        return " ".join(self.lines)


def violations(content: bytes) -> list[str]:
    """Return where a file does not conform to PDF/UA-1 (ISO 14289-1:2014)."""
    report = checker.validate_pdf_bytes(content, profile="ua1")
    assert report.rules.total > 90
    return [f"{failure.rule_id}: {failure.message}" for failure in report.failures]


def read(content: bytes) -> Reading:
    """Read a PDF aloud."""
    with pikepdf.open(io.BytesIO(content)) as document:
        root: Any = document.Root
        texts = _texts(document)
        headings, lines, header_cells = [], [], []
        for tag, line in _blocks(root.StructTreeRoot, texts):
            lines.append(line)
            if re.fullmatch("H[1-6]", tag):
                headings.append((int(tag[1]), line))
            if tag == "TH":
                header_cells.append(line)
        shows_title = bool(root.ViewerPreferences.DisplayDocTitle)
        return Reading(
            title=str(document.docinfo["/Title"]) if shows_title else "",
            language=str(root.Lang),
            created=str(document.docinfo["/CreationDate"])[2:10],
            headings=tuple(headings),
            lines=tuple(lines),
            header_cells=tuple(header_cells),
        )


def attached(content: bytes) -> dict[str, bytes]:
    """Return the files that are attached to a PDF, by name."""
    with pikepdf.open(io.BytesIO(content)) as document:
        files = document.attachments
        return {name: files[name].get_file().read_bytes() for name in files}


def drawn_elsewhere(content: bytes) -> str:
    """Return the text that is marked as no part of the content, such as page numbers."""
    with pikepdf.open(io.BytesIO(content)) as document:
        return " ".join(text for (_, mark), text in _texts(document).items() if mark < 0)


def _blocks(node: Any, texts: dict[tuple[Any, int], str]) -> Iterator[tuple[str, str]]:
    """Yield the tag and the text of each block, in the order of the structure tree."""
    line, tag = "", ""
    for kind, text in _walk(node, texts, "", None):
        if kind != tag and line.strip():
            yield tag.partition(" ")[0], " ".join(line.split())
            line = ""
        tag = kind
        line += text
    if line.strip():
        yield tag.partition(" ")[0], " ".join(line.split())


def _walk(
    node: Any, texts: dict[tuple[Any, int], str], block: str, page: Any
) -> Iterator[tuple[str, str]]:
    if isinstance(node, int):
        yield block, texts[page, node]
    elif isinstance(node, pikepdf.Array):
        for child in node:
            yield from _walk(child, texts, block, page)
    elif isinstance(node, pikepdf.Dictionary):
        page = node.Pg.objgen if "/Pg" in node else page
        if node.get("/Type") == pikepdf.Name.MCR:
            yield block, texts[page, int(node.MCID)]
            return
        tag = str(node.get("/S", "/"))[1:]
        if tag in NEW_LINE:
            block = f"{tag} {node.objgen}"
        if "/K" in node:
            yield from _walk(node.K, texts, block, page)


def _texts(document: pikepdf.Pdf) -> dict[tuple[Any, int], str]:
    """Return what is drawn, by page and mark; artifacts have negative marks."""
    found: dict[tuple[Any, int], str] = {}
    for page in document.pages:
        fonts = {name: _letters(font) for name, font in page.Resources.get("/Font", {}).items()}
        marks: list[int] = []
        letters: dict[int, str] = {}
        untagged = 0
        instructions: list[Any] = list(pikepdf.parse_content_stream(page))
        for operands, operator in instructions:
            match str(operator):
                case "BDC" | "BMC":
                    properties = operands[1] if len(operands) > 1 else {}
                    if isinstance(properties, pikepdf.Name):
                        properties = page.Resources.Properties[properties]
                    if str(operands[0]) == "/Artifact":
                        untagged -= 1
                        marks.append(untagged)
                    else:
                        inherited = marks[-1] if marks else 0
                        marks.append(int(properties.get("/MCID", inherited)))
                case "EMC":
                    marks.pop()
                case "Tf":
                    letters = fonts[str(operands[0])]
                case "Tj":
                    _add(found, page, marks, _shown(bytes(operands[0]), letters))
                case "TJ":
                    shown = [
                        bytes(part) for part in operands[0] if isinstance(part, pikepdf.String)
                    ]
                    _add(found, page, marks, _shown(b"".join(shown), letters))
    return found


def _add(found: dict[tuple[Any, int], str], page: Any, marks: list[int], text: str) -> None:
    if not marks:
        raise AssertionError("A text is neither tagged nor an artifact.")
    place = page.obj.objgen, marks[-1]
    found[place] = found.get(place, "") + text


def _shown(codes: bytes, letters: dict[int, str]) -> str:
    pairs = (codes[i : i + 2] for i in range(0, len(codes), 2))
    return "".join(letters[int.from_bytes(pair)] for pair in pairs)


def _letters(font: Any) -> dict[int, str]:
    """Return the texts of a font's codes, by its ToUnicode map (ISO 32000-1, 9.10.3)."""
    cmap = font.ToUnicode.read_bytes().decode("ascii")
    found: dict[int, str] = {}
    for section in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", section):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for section in re.findall(r"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for low, high, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", section):
            first = int(text, 16)
            for code in range(int(low, 16), int(high, 16) + 1):
                found[code] = chr(first + code - int(low, 16))
    return found
