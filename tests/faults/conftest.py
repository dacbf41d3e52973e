"""Fixtures of the tests that make things fail."""

from tests.support.fixtures import *  # noqa: F403  # pytest finds fixtures by name
