"""Who people are to the product. Roles are custom claims of Firebase Auth."""

from enum import StrEnum


class Role(StrEnum):
    """What a person may be. A person may be several."""

    DONOR = "donor"
    BENEFICIARY = "beneficiary"
    CLIENT = "client"
    COACH = "coach"
    PARTNER = "partner"
    VENDOR = "vendor"
    ORG_ADMIN = "org_admin"
    ORG_MEMBER = "org_member"
    REVIEWER = "reviewer"
    FINANCE = "finance"
    SUPPORT = "support"
    ADMIN = "admin"


STAFF = frozenset({Role.REVIEWER, Role.FINANCE, Role.SUPPORT, Role.ADMIN})
"""Roles whose holders sign in with a second factor, and anew every working day."""


def known(names: object) -> frozenset[Role]:
    """Return the roles in the claim `roles` of a token, which may hold anything."""
    held = names if isinstance(names, list) else []
    return frozenset(role for role in Role if role.value in held)
