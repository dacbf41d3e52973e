"""What the model may write into a document."""

import pytest
from pydantic import TypeAdapter, ValidationError

from app.coaching.generation.models import WrittenText

TEXT: TypeAdapter[str] = TypeAdapter(WrittenText)


@pytest.mark.parametrize("text", ["A", "a" * 600, "é" * 600, "the www of it", "http and more"])
def test_sentences_are_taken_as_they_are(text: str) -> None:
    assert TEXT.validate_python(text) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(" \n\t\u2003", id="white space"),
        pytest.param("a" * 601, id="too long"),
        pytest.param("See https://made-up.example/path.", id="link"),
        pytest.param("See HTTP://made-up.example.", id="shouted link"),
        pytest.param("See www.made-up.example.", id="link without scheme"),
    ],
)
def test_what_is_no_sentence_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TEXT.validate_python(text)
