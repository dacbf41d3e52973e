"""Makes somebody the first admin, once in the life of a project.

    PYTHONPATH=functions:. python -m tools.first_admin EMAIL

Whoever runs this has write access to the project's database and accounts. The person has an
account whose address is verified. Every later admin is proposed by one admin and approved by
another. Run again for the same person it only repeats what a crash may have left undone.
"""

import sys

import firebase_admin
from firebase_admin import auth

from app.kit import clock, environment
from app.platform.accounts import store
from app.platform.accounts.functions.settling import settle


def main() -> int:
    """Run the program and return its exit code."""
    if len(sys.argv) != 2:  # noqa: PLR2004  # the program's name and the address
        print(__doc__, file=sys.stderr)
        return 2
    firebase_admin.initialize_app(options={"projectId": environment.project()})
    try:
        user = auth.get_user_by_email(sys.argv[1])
    except auth.UserNotFoundError:
        print("There is no account with this address.", file=sys.stderr)
        return 1
    if not user.email_verified:
        print("This address is not verified.", file=sys.stderr)
        return 1
    if not store.appoint_first(user.uid, clock.now()):
        print("There was a first admin already: admins appoint the next.", file=sys.stderr)
        return 1
    settle(user.uid)
    print(f"{user.uid} is the first admin, from the next sign-in with a second factor on.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
