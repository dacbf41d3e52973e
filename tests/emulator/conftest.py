"""Fixtures of the tests that call functions in this process, against the emulators."""

from tests.support.fixtures import *  # noqa: F403  # pytest finds fixtures by name
