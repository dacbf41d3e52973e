"""Which passwords are refused because everybody's guess begins with them.

The list is ours: words that every published survey of leaked passwords agrees on, with the ways in
which people vary them, so that it covers more than it holds. It is no copy of a breach corpus, and
does not replace one: `docs/accounts.md` says what it misses.
"""

import re
from pathlib import Path

from app.kit.errors import InvalidArgumentError

WORDS = frozenset(Path(__file__).with_name("passwords.txt").read_text().split())

_ROWS = (
    "01234567890123456789",
    "00112233445566778899",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "qawsedrftgyhujikolp",
    "147258369",
    "741852963",
    "159357",
    "789456123",
)
_WALKS = tuple(row for given in _ROWS for row in (given, given[::-1]))
_LEET = (str.maketrans("@430!$571", "aaeoisstl"), str.maketrans("@430!$571", "aaeoissti"))
_BLOCK = re.compile(r"(.{1,6}?)\1+.{0,2}")
_DATE = re.compile(r"(?:19|20)\d{6}|\d{4}(?:19|20)\d{2}|\d{2}[./-]\d{2}[./-](?:19|20)\d{2}")


def require_unknown(password: str) -> None:
    """Refuse a password that is on the list.

    Raises:
        InvalidArgumentError: names the field `newPassword`.
    """
    if is_known(password):
        problem = "is one of those that are guessed first. Choose another."
        raise InvalidArgumentError.of("newPassword", problem)


def is_known(password: str) -> bool:
    """Whether a password is a listed word in disguise, a walk over the keys, or a repetition.

    A word in disguise has digits or signs around it, letters written as digits, or stands twice.
    """
    plain = password.casefold()
    return (
        bool(_BLOCK.fullmatch(plain))
        or bool(_DATE.fullmatch(plain))
        or _is_walk(plain)
        or bool(_disguises(plain) & WORDS)
    )


def _disguises(plain: str) -> set[str]:
    """Return the words that `plain` may be a disguise of."""
    # "passw0rd1" is "passwordl" in letters: what stands around a word is cut off before as well.
    forms = {plain, _bare(plain)}
    forms |= {form.translate(table) for form in forms for table in _LEET}
    bare = {_bare(form) for form in forms}
    together = {re.sub(r"[\W_]", "", form) for form in bare}
    return bare | together | {form[: len(form) // 2] for form in together if _is_double(form)}


def _bare(form: str) -> str:
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", form)


def _is_double(form: str) -> bool:
    half, odd = divmod(len(form), 2)
    return not odd and form[:half] == form[half:]


def _is_walk(plain: str) -> bool:
    """Whether the whole is made of at most two walks of three keys or more, in any direction."""
    if any(plain in walk for walk in _WALKS):
        return True
    return any(
        any(plain[:cut] in walk for walk in _WALKS) and any(plain[cut:] in walk for walk in _WALKS)
        for cut in range(3, len(plain) - 2)
    )
