"""The e-mail addresses of accounts, asked of Firebase Auth when a mail is sent and kept nowhere."""

from firebase_admin import auth, exceptions

from app.kit.errors import UnavailableError


def address(uid: str) -> str | None:
    """Return the e-mail address of an account; None if it is gone, disabled or has none. One call.

    Raises:
        UnavailableError: Firebase Auth does not answer.
    """
    try:
        user = auth.get_user(uid)
    except auth.UserNotFoundError:
        return None
    except exceptions.FirebaseError as error:
        raise UnavailableError("Accounts cannot be looked up right now. Try again.") from error
    return None if user.disabled else user.email
