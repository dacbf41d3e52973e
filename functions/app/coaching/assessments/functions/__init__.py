"""The Cloud Functions of assessments, apart by what they load.

`questionnaire` needs no database, `calls` answers people from it, and `triggers` writes analyses:
it alone loads the model's SDK, which nobody who submits answers should wait for.
"""
