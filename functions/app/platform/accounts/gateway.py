"""Firebase Auth's records of people."""

from firebase_admin import auth, exceptions

from app.kit.errors import UnavailableError


def identifiers(uid: str) -> tuple[str, ...]:
    """Return what the account of a person tells who they are: name, e-mail address, phone number.

    One call. Nothing for an account that is gone.

    Raises:
        UnavailableError: Firebase Auth does not answer.
    """
    try:
        user = auth.get_user(uid)
    except auth.UserNotFoundError:
        return ()
    except exceptions.FirebaseError as error:
        raise UnavailableError("Accounts cannot be looked up right now. Try again.") from error
    return tuple(filter(None, (user.display_name, user.email, user.phone_number)))
