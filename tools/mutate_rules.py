"""Mutants of security rules: each is one mistake that somebody could make in a rules file.

The tests load each mutant into an emulator and run the table of who may do what against it; one
that no row notices shows a missing row. Statements whose condition is `false` are only widened:
they grant nothing, so granting less than they do changes no decision.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

OPERATIONS = ("get", "list", "create", "update", "delete")
STRANGERS = (
    "request.auth != null",
    "request.auth == null",
    "request.auth.token.admin == true",
    "request.auth.token.firebase.sign_in_provider == 'anonymous'",
)
"""Conditions that a person who may do nothing meets."""

HOLES = (
    *STRANGERS,
    "resource == null",
    "resource.data.uid == null",
    "!('uid' in resource.data)",
    "resource.data.status == 'done'",
)
"""What makes a condition too wide when it is offered beside it."""

_WIDER = {"read": ("read, write",), "get": ("read",), "list": ("read",), "write": ("read, write",)}
_NARROWER = {"read": ("get", "list"), "write": ("create", "update", "delete")}
_OTHER_TERMS = {
    r"(?<!request\.)resource\.data": ("request.resource.data",),
    r"request\.resource\.data": ("resource.data",),
    r"(?<!request\.)resource\.data\.uid": ("request.auth.uid", "resource.id"),
    r"request\.auth\.uid": ("resource.data.uid", "request.auth.token.email"),
    r"==": ("!=",),
    r"!=": ("==",),
    r"<=": ("<", ">"),
    r">=": (">", "<"),
    r"<(?!=)": ("<=", ">"),
    r">(?!=)": (">=", "<"),
    r"&&": ("||",),
    r"\|\|": ("&&",),
    r"!(?!=)": ("",),
}

_UNREAD = re.compile(r"//[^\n]*|'[^'\n]*'|\"[^\"\n]*\"")
_HEADER = re.compile(r"match\s+(?P<path>\S+)\s*\{|function\s+\w+\([^)]*\)\s*\{")
_ALLOW = re.compile(r"allow\s+(?P<operations>[\w, ]+?)\s*(?::\s*if\s+(?P<condition>[^;]+?)\s*)?;")
_RETURN = re.compile(r"return\s+(?P<condition>[^;]+?)\s*;")


@dataclass(frozen=True)
class Mutant:
    """A rules file with one mistake."""

    id: str
    """The same for as long as the place in the file stays as it is."""

    file: str
    place: str
    change: str
    text: str


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    replacement: str


def mutants(file: str, text: str) -> list[Mutant]:
    """Return every mutant of the rules `text`, without repetition."""
    code = _UNREAD.sub(lambda found: " " * len(found[0]), text)
    headers = list(_HEADER.finditer(code))
    found: dict[str, Mutant] = {}
    ids: set[str] = set()
    for edit in _edits(code, text, headers):
        changed = text[: edit.start] + edit.replacement + text[edit.end :]
        if changed == text or changed in found:
            continue
        above = [header for header in headers if header.start() <= edit.start]
        place = above[-1][0].removesuffix("{").strip()
        before = text[edit.start : edit.end].strip()
        change = f"{before or 'nothing'} -> {edit.replacement.strip() or 'nothing'}"
        identity = _identity(file, place, change, ids)
        ids.add(identity)
        found[changed] = Mutant(identity, file, place, change, changed)
    return list(found.values())


def _identity(file: str, place: str, change: str, taken: set[str]) -> str:
    for nth in range(len(taken) + 1):
        digest = hashlib.sha256(repr((file, place, change, nth)).encode()).hexdigest()[:8]
        if digest not in taken:
            return digest
    raise AssertionError("unreachable: each round tries another digest")


def _edits(code: str, text: str, headers: list[re.Match[str]]) -> Iterator[_Edit]:
    for header in headers:
        if header["path"]:
            yield from _on_match(header)
    for statement in _ALLOW.finditer(code):
        yield from _on_allow(statement)
    for statement in _RETURN.finditer(code):
        yield from _on_condition(text, code, *statement.span("condition"))
    for statement in _ALLOW.finditer(code):
        if statement["condition"]:
            yield from _on_condition(text, code, *statement.span("condition"))


def _on_match(header: re.Match[str]) -> Iterator[_Edit]:
    """Yields wider paths, and a statement too many."""
    path, (start, end), inside = header["path"], header.span("path"), header.end()
    if path.startswith(("/databases/", "/b/")):
        for operation in OPERATIONS:
            for who in STRANGERS:
                statement = f" match /{{any=**}} {{ allow {operation}: if {who}; }}"
                yield _Edit(inside, inside, statement)
        return
    for operation in OPERATIONS:
        yield _Edit(inside, inside, f" allow {operation}: if {STRANGERS[0]};")
    if not path.endswith("=**}"):
        yield _Edit(start, end, re.sub(r"\}$", "=**}", path))
        yield _Edit(start, end, re.sub(r"^/\w+", "/{any}", path))
        yield _Edit(start, end, f"/{{above=**}}{path}")
        yield _Edit(start, end, "/{any=**}")


def _on_allow(statement: re.Match[str]) -> Iterator[_Edit]:
    """Yields other operations, fewer or more, and no condition."""
    start, end = statement.span("operations")
    operations = [operation.strip() for operation in statement["operations"].split(",")]
    grants_nothing = statement["condition"] == "false"
    yield _Edit(statement.start(), statement.end(), f"allow {statement['operations']};")
    for operation in operations:
        others = [other for other in operations if other != operation]
        replacements = [*_WIDER.get(operation, ())]
        if not grants_nothing:
            replacements += [*_NARROWER.get(operation, ()), *([""] if others else [])]
        for replacement in replacements:
            chosen = dict.fromkeys([*others, *re.findall(r"\w+", replacement)])
            if set(chosen) != set(operations):
                yield _Edit(start, end, ", ".join(chosen))
    if not grants_nothing:
        yield _Edit(statement.start(), statement.end(), "")


def _on_condition(text: str, code: str, start: int, end: int) -> Iterator[_Edit]:
    """Yields other conditions in the place of one."""
    condition = text[start:end]
    for replacement in (f"!({condition})", "true", "false"):
        yield _Edit(start, end, replacement)
    if condition == "false":
        return
    for hole in HOLES:
        yield _Edit(start, end, f"({condition}) || {hole}")
    for kept in _without_one_operand(code[start:end]):
        yield _Edit(start, end, "".join(text[start + a : start + b] for a, b in kept))
    for pattern, replacements in _OTHER_TERMS.items():
        for term in re.finditer(pattern, code[start:end]):
            for replacement in replacements:
                yield _Edit(start + term.start(), start + term.end(), replacement)


def _without_one_operand(condition: str) -> Iterator[list[tuple[int, int]]]:
    """Yields what is left of `a && b && c` without one operand, as ranges of the condition."""
    cuts = [0]
    depth = 0
    for token in re.finditer(r"[()\[\]]|&&|\|\|", condition):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token[0], 0)
        if depth == 0 and token[0] in {"&&", "||"}:
            cuts += [token.start(), token.end()]
    cuts.append(len(condition))
    pieces = list(pairwise(cuts))  # operand, operator, operand, ...
    if len(pieces) > 1:
        for index in range(0, len(pieces), 2):
            operator = index - 1 if index else 1
            yield [piece for n, piece in enumerate(pieces) if n not in {index, operator}]


def table(rows: list[tuple[Mutant, str]]) -> str:
    """Return the mutants and what became of each as Markdown, one table for each file."""
    lines: list[str] = []
    for file, of_file in groupby(rows, key=lambda row: row[0].file):
        lines += [f"## {file}", "", "| id | place | change | noticed by |", "|---|---|---|---|"]
        lines += [
            f"| `{mutant.id}` | {_code(mutant.place)} | {_code(mutant.change)} | {_cell(fate)} |"
            for mutant, fate in of_file
        ]
        lines.append("")
    return "\n".join(lines)


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")
