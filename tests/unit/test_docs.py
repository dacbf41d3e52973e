"""The generated pages of docs/ tell what the code is now."""

import pytest

from tools import docs


@pytest.mark.parametrize("name", docs.pages())
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (docs.DOCS / name).read_text() == docs.pages()[name], "Run `make docs`."


def test_the_readme_shows_the_table_of_its_decision() -> None:
    decision = docs.DOCS / "decisions/0001-decided-against-what-was-asked.md"
    table = [line for line in decision.read_text().splitlines() if line.startswith("|")]

    assert len(table) > 10
    assert "\n".join(table) in (docs.ROOT / "README.md").read_text()
