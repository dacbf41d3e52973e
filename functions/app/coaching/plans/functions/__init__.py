"""The Cloud Functions of plans.

`calls` answers people; `triggers` writes plans, and is apart because it alone loads the SDK of the
model.
"""
