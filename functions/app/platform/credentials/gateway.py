"""Firebase Auth's records of addresses and passwords."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from firebase_admin import auth, exceptions

from app.kit.errors import FailedPreconditionError, UnavailableError
from app.platform.credentials.models.people import Account


def account(uid: str) -> Account | None:
    """Return an account; None if it is gone. One call.

    Raises:
        UnavailableError: Firebase Auth does not answer.
    """
    with answering():
        return _described(auth.get_user(uid))
    return None


def account_at(email: str) -> Account | None:
    """Return the account that has this address; None if there is none. One call.

    Raises:
        UnavailableError: Firebase Auth does not answer.
    """
    with answering():
        return _described(auth.get_user_by_email(email))
    return None


def set_verified(uid: str) -> None:
    """Take the address of an account as proved. One call.

    Raises:
        UnavailableError: Firebase Auth does not answer.
    """
    with answering():
        auth.update_user(uid, email_verified=True)


def set_password(uid: str, password: str, *, verified: bool, unlink: Sequence[str]) -> None:
    """Set the password of an account, unlink providers, and end all sessions. Two calls.

    Args:
        uid: the account.
        password: the new one. It ends sessions by itself, which is not documented.
        verified: whether the address counts as proved.
        unlink: names of providers.

    Raises:
        UnavailableError: Firebase Auth does not answer.
    """
    with answering():
        auth.update_user(
            uid, password=password, email_verified=verified, providers_to_delete=list(unlink)
        )
        auth.revoke_refresh_tokens(uid)


def set_email(uid: str, email: str, *, unlink: Sequence[str]) -> None:
    """Set the address of an account, as proved, unlink providers, and end all sessions. Two calls.

    Raises:
        FailedPreconditionError: another account has it.
        UnavailableError: Firebase Auth does not answer.
    """
    with answering():
        try:
            auth.update_user(
                uid, email=email, email_verified=True, providers_to_delete=list(unlink)
            )
        except auth.EmailAlreadyExistsError as error:
            raise FailedPreconditionError("This e-mail address cannot be used.") from error
        auth.revoke_refresh_tokens(uid)


def _described(user: auth.UserRecord) -> Account:
    return Account(
        uid=user.uid,
        email=user.email and user.email.lower(),
        verified=user.email_verified,
        disabled=user.disabled,
        valid_since=datetime.fromtimestamp((user.tokens_valid_after_timestamp or 0) / 1000, UTC),
        providers={provider.provider_id: provider.email for provider in user.provider_data},
    )


@contextmanager
def answering() -> Iterator[None]:
    """Turn Firebase Auth's errors into ours; an account that is gone is passed over."""
    try:
        yield
    except auth.UserNotFoundError:
        return
    except exceptions.FirebaseError as error:
        raise UnavailableError("Accounts cannot be looked up right now. Try again.") from error
