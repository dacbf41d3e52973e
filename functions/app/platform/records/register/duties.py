"""Periods and duties that more than one part of the register names."""

from datetime import timedelta

from app.platform.records.models import LAST_ACTIVITY, Retention

YEAR = timedelta(days=366)
"""No less than any calendar year has."""
COACHING_KEPT = Retention(2 * YEAR, LAST_ACTIVITY, warned=timedelta(days=30))
