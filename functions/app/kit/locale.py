"""The languages that texts are served in."""

from enum import StrEnum


class Locale(StrEnum):
    """A language (ISO 639-1)."""

    EN = "en"
    ES = "es"
