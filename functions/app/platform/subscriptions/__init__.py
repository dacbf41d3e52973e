"""Subscriptions: plans, who pays for which, and what that entitles to.

Owns `memberships` and `entitlements`.
"""
