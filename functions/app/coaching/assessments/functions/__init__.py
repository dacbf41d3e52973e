"""The Cloud Functions of assessments.

`calls` answers people; `triggers` writes analyses, and is apart because it alone loads the model's
SDK, which nobody who submits answers should wait for.
"""
