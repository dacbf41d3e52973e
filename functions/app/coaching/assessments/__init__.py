"""Assessments: ten answers, the readiness computed from them and their analysis.

Owns the collections `assessments`, `assessment_records`, `assessment_state` and `analyses`.
"""
