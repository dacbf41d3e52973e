"""What mails about subscriptions say. None names the plan, which tells what it is for."""

from collections.abc import Mapping
from datetime import timedelta
from string import Formatter

from app.platform.mail.models import Locale, Template
from app.platform.mail.policy.kinds import Kind, Words

_WHERE_EN = "Sign in and open your subscriptions to see or change this."
_WHERE_ES = "Inicie sesión y abra sus suscripciones para verlo o cambiarlo."


def _kind(days: int, en: Words, es: Words) -> Kind:
    """Return a kind of mail that may name a day (UTC), as `{at}`."""
    words = {
        Locale.EN: Words(en.subject, f"{en.text} {_WHERE_EN}\n"),
        Locale.ES: Words(es.subject, f"{es.text} {_WHERE_ES}\n"),
    }
    named = "at" in {name for _, name, _, _ in Formatter().parse(en.text)}
    return Kind(words, timedelta(days=days), parameters=frozenset({"at"} if named else ()))


BILLING: Mapping[Template, Kind] = {
    Template.TRIAL_ENDING: _kind(
        3,
        Words(
            "Your trial ends soon",
            "Your trial ends on {at}. Unless you cancel before then, your subscription begins and "
            "your payment method is charged.",
        ),
        Words(
            "Su periodo de prueba termina pronto",
            "Su periodo de prueba termina el {at}. Si no cancela antes, empezará su suscripción y "
            "se hará el cargo en su método de pago.",
        ),
    ),
    Template.RENEWAL_COMING: _kind(
        30,
        Words(
            "Your subscription renews soon",
            "Your yearly subscription renews on {at}. Unless you cancel before then, your payment "
            "method is charged for another year.",
        ),
        Words(
            "Su suscripción se renueva pronto",
            "Su suscripción anual se renueva el {at}. Si no cancela antes, se hará el cargo de un "
            "año más en su método de pago.",
        ),
    ),
    Template.PAYMENT_FAILED: _kind(
        7,
        Words(
            "A payment did not succeed",
            "A payment for your subscription did not succeed. It will be tried again. You keep "
            "your access until {at}.",
        ),
        Words(
            "Un pago no se ha completado",
            "Un pago de su suscripción no se ha completado. Se volverá a intentar. Conserva su "
            "acceso hasta el {at}.",
        ),
    ),
    Template.CARD_REFUSED: _kind(
        7,
        Words(
            "A new card is needed",
            "A payment for your subscription was refused, and trying this card again will not "
            "help. Please add another one. You keep your access until {at}.",
        ),
        Words(
            "Se necesita otra tarjeta",
            "Se ha rechazado un pago de su suscripción, y volver a intentarlo con esta tarjeta no "
            "servirá. Añada otra, por favor. Conserva su acceso hasta el {at}.",
        ),
    ),
    Template.GRACE_ENDING: _kind(
        2,
        Words(
            "Your access ends soon",
            "A payment for your subscription is still open. Without it your access ends on {at}.",
        ),
        Words(
            "Su acceso termina pronto",
            "Un pago de su suscripción sigue pendiente. Sin él, su acceso termina el {at}.",
        ),
    ),
    Template.SUBSCRIPTION_ENDED: _kind(
        7,
        Words(
            "Your subscription has ended",
            "Your access by subscription has ended. What you have written and received stays "
            "yours, and you can go on with what is free.",
        ),
        Words(
            "Su suscripción ha terminado",
            "Su acceso por suscripción ha terminado. Lo que ha escrito y recibido sigue siendo "
            "suyo, y puede continuar con lo que es gratuito.",
        ),
    ),
}
