"""Which sign-ins are admitted, so that no provider leads into another person's account.

Firebase Auth merges a Google or Apple sign-in into the account of the same verified address, takes
the password away from one whose address nobody had proved, and ends its sessions. What it leaves
open is decided here: a provider that was linked by somebody else beforehand (it knows another
address), one that vouches for no address, and ways to sign in that nobody switched on on purpose.
See "pre-hijacked accounts" (Sudhodanan and Paverd, USENIX Security 2022).
"""

from dataclasses import dataclass

from app.kit.errors import PermissionDeniedError

PASSWORD = "password"  # noqa: S105  # Firebase's name of the provider
FEDERATED = frozenset({"google.com", "apple.com"})


@dataclass(frozen=True)
class SignIn:
    """What a blocking function is told of a sign-in.

    Attributes:
        method: the provider's name, as Firebase has it.
        account_email: the account's address; "" without one.
        provider_email: the address that the provider knows; "" without one.
        provider_verified: whether the provider vouches for it.
    """

    method: str
    account_email: str
    provider_email: str = ""
    provider_verified: bool = False


def require_admitted(sign_in: SignIn) -> None:
    """Refuse a sign-in that could lead into somebody else's account.

    Raises:
        PermissionDeniedError: by another way than password, Google or Apple; or by a provider
            that does not vouch for exactly the account's address.
    """
    if sign_in.method == PASSWORD:
        return
    if sign_in.method not in FEDERATED:
        raise PermissionDeniedError("Sign in with password, Google or Apple.")
    vouched = (
        sign_in.provider_verified
        and sign_in.account_email != ""
        and sign_in.provider_email.lower() == sign_in.account_email.lower()
    )
    if not vouched:
        raise PermissionDeniedError(
            "This sign-in belongs to another e-mail address than the account.",
            {"reason": "provider_address"},
        )
