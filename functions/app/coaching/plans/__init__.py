"""Development plans: written from a person's goals and their analysis.

Owns the collections `plans`, `plan_state`, `plan_requests` and `plan_records`.
"""
