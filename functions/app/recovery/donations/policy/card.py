"""The card that a donor shows others: what was given for, not how much, unless they say so."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from app.kit.errors import FailedPreconditionError
from app.kit.locale import Locale
from app.platform.payments.models.documents import PaymentState
from app.recovery.catalog.models import Unit
from app.recovery.donations.models.gifts import Donation
from app.recovery.donations.models.impact import Funded, GetShareCard, ShareCard
from app.recovery.donations.policy import impact

SHOWN = frozenset({PaymentState.SUCCEEDED, PaymentState.PARTIALLY_REFUNDED})
"""What a donor can show: money that the charity has."""
MAX_LINES = 6
MAX_NAME = 40

_HEADLINES = {
    Locale.EN: ("{name} gave for a second wind", "I gave for a second wind"),
    Locale.ES: ("{name} donó para un nuevo comienzo", "Doné para un nuevo comienzo"),
}
_FLEXIBLE = {Locale.EN: "Help where it is needed first", Locale.ES: "Ayuda donde más se necesita"}
_WEEKS = {Locale.EN: ("week", "weeks"), Locale.ES: ("semana", "semanas")}
_MORE = {Locale.EN: "and more", Locale.ES: "y más"}


def require_shown(donation: Donation) -> None:
    """Refuse a card of a gift that the charity does not have.

    Raises:
        FailedPreconditionError: it was not paid, or went back.
    """
    if donation.state not in SHOWN:
        raise FailedPreconditionError("There is a card once the gift is paid, while it is kept.")


def card(donation: Donation, request: GetShareCard, first_name: str | None) -> ShareCard:
    """Return the card of a gift.

    Args:
        donation: the gift.
        request: what the card is to tell.
        first_name: the donor's; None where the card does not tell it.
    """
    named, unnamed = _HEADLINES[request.locale]
    name = _clean(first_name or "")[:MAX_NAME]
    headline = named.format(name=name) if name and not donation.anonymous else unnamed
    lines = [_line(part, request.locale) for part in impact.funded(donation.items)]
    if donation.custom_amount_cents:
        lines.append(_FLEXIBLE[request.locale])
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES - 1], _MORE[request.locale]]
    amount = _money(donation.amount_cents) if request.with_amount else None
    return ShareCard(
        headline=headline, lines=tuple(lines), amount=amount, svg=_svg(headline, lines, amount)
    )


def _line(part: Funded, locale: Locale) -> str:
    name = part.name.es if locale is Locale.ES else part.name.en
    if part.unit is Unit.WEEK:
        one, many = _WEEKS[locale]
        return f"{name}: {part.quantity} {one if part.quantity == 1 else many}"
    return f"{name}: {part.quantity}"


def _money(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02} USD"


def _clean(text: str) -> str:
    """Return a text without what XML does not allow and what changes how others are read."""
    return "".join(character for character in text if character.isprintable()).strip()


def _svg(headline: str, lines: Sequence[str], amount: str | None) -> str:
    texts = [
        _text(headline, 160, 56),
        *(_text(f"• {t}", 260 + 54 * i, 40) for i, t in enumerate(lines)),
    ]
    if amount is not None:
        texts.append(_text(amount, 590, 40))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 630" role="img">'
        f"<title>{escape(headline)}</title>"
        '<rect width="1200" height="630" fill="#0f3d3e"/>'
        f'<g fill="#ffffff" font-family="sans-serif">{"".join(texts)}</g></svg>'
    )


def _text(text: str, y: int, size: int) -> str:
    return f'<text x="80" y="{y}" font-size="{size}">{escape(text)}</text>'
