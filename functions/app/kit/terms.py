"""The terms of use that are in force."""

from enum import StrEnum


class TermsVersion(StrEnum):
    """The versions that can be accepted: the one in force alone."""

    CURRENT = "2026-12-01"
