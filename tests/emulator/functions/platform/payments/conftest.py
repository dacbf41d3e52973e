"""Fixtures of the tests of payments."""

from tests.support.giving import giving as giving
