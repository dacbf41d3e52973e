"""What each mail says, in each language. Nothing here tells what a person uses the product for.

A subject is the same for everybody, so nothing can be put into a header by way of it.
"""

from collections.abc import Mapping
from datetime import timedelta

from app.platform.mail.models import Locale, Template
from app.platform.mail.policy.billing import BILLING
from app.platform.mail.policy.kinds import Kind, Words

_RECEIPTS_WORKER = "receiptsSendTask"

_IGNORE_EN = "If it was not you, ignore this message: nothing changes."
_IGNORE_ES = "Si no ha sido usted, ignore este mensaje: no cambia nada."
_ACT_EN = (
    "If it was not you, reset your password on the sign-in page now. That signs everybody out."
)
_ACT_ES = (
    "Si no ha sido usted, restablezca ahora su contraseña en la página de inicio de sesión. "
    "Con eso se cierran todas las sesiones."
)
_AT = frozenset({"at"})
_NUMBER = frozenset({"number"})
_YEAR = frozenset({"year"})

KINDS: Mapping[Template, Kind] = {
    Template.VERIFY_EMAIL: Kind(
        {
            Locale.EN: Words(
                "Confirm your e-mail address",
                "Open this link to confirm that this address is yours. It works once, for 24 "
                f"hours.\n\n{{link}}\n\n{_IGNORE_EN}\n",
            ),
            Locale.ES: Words(
                "Confirme su correo electrónico",
                "Abra este enlace para confirmar que esta dirección es suya. Funciona una vez, "
                f"durante 24 horas.\n\n{{link}}\n\n{_IGNORE_ES}\n",
            ),
        },
        timedelta(hours=24),
        page="account/verify",
    ),
    Template.RESET_PASSWORD: Kind(
        {
            Locale.EN: Words(
                "Reset your password",
                "Open this link to choose a new password. It works once, for one hour.\n\n"
                f"{{link}}\n\n{_IGNORE_EN}\n",
            ),
            Locale.ES: Words(
                "Restablezca su contraseña",
                "Abra este enlace para elegir una contraseña nueva. Funciona una vez, durante una "
                f"hora.\n\n{{link}}\n\n{_IGNORE_ES}\n",
            ),
        },
        timedelta(hours=1),
        page="account/reset-password",
    ),
    Template.CONFIRM_NEW_EMAIL: Kind(
        {
            Locale.EN: Words(
                "Confirm your new e-mail address",
                "Sign in and open this link to use this address for your account from now on. It "
                f"works once, for one hour.\n\n{{link}}\n\n{_IGNORE_EN}\n",
            ),
            Locale.ES: Words(
                "Confirme su nuevo correo electrónico",
                "Inicie sesión y abra este enlace para usar esta dirección en su cuenta a partir "
                f"de ahora. Funciona una vez, durante una hora.\n\n{{link}}\n\n{_IGNORE_ES}\n",
            ),
        },
        timedelta(hours=1),
        page="account/confirm-email",
    ),
    Template.EMAIL_CHANGE_REQUESTED: Kind(
        {
            Locale.EN: Words(
                "A change of your e-mail address was asked for",
                "On {at} somebody signed in to your account asked to use another e-mail address "
                f"for it. It changes once that address is confirmed.\n\n{_ACT_EN}\n",
            ),
            Locale.ES: Words(
                "Se ha pedido cambiar su correo electrónico",
                "El {at}, alguien con la sesión iniciada en su cuenta pidió usar otro correo "
                "electrónico para ella. Cambiará cuando se confirme esa dirección."
                f"\n\n{_ACT_ES}\n",
            ),
        },
        timedelta(hours=24),
        parameters=_AT,
    ),
    Template.EMAIL_CHANGED: Kind(
        {
            Locale.EN: Words(
                "Your e-mail address was changed",
                "On {at} another e-mail address was set for your account, and this one no longer "
                "signs in. If it was not you, write to us.\n",
            ),
            Locale.ES: Words(
                "Se ha cambiado su correo electrónico",
                "El {at} se estableció otro correo electrónico para su cuenta, y este ya no sirve "
                "para iniciar sesión. Si no ha sido usted, escríbanos.\n",
            ),
        },
        timedelta(hours=24),
        parameters=_AT,
    ),
    Template.GIFT_UNPAID: Kind(
        {
            Locale.EN: Words(
                "A payment could not be collected",
                "A payment that you make regularly could not be collected on {at}. It is tried "
                "again in the next days. If your card has expired, was replaced or has not enough "
                "on it, sign in and choose another payment method in your account.\n",
            ),
            Locale.ES: Words(
                "No se ha podido cobrar un pago",
                "No se ha podido cobrar un pago periódico suyo el {at}. Se volverá a intentar en "
                "los próximos días. Si su tarjeta ha caducado, ha sido sustituida o no tiene saldo "
                "suficiente, inicie sesión y elija otra forma de pago en su cuenta.\n",
            ),
        },
        timedelta(days=7),
        parameters=_AT,
    ),
    Template.PASSWORD_CHANGED: Kind(
        {
            Locale.EN: Words(
                "Your password is being changed",
                "On {at} a new password was chosen for your account. All devices are signed out."
                f"\n\n{_ACT_EN}\n",
            ),
            Locale.ES: Words(
                "Se está cambiando su contraseña",
                "El {at} se eligió una contraseña nueva para su cuenta. Se cierran las sesiones en "
                f"todos los dispositivos.\n\n{_ACT_ES}\n",
            ),
        },
        timedelta(hours=24),
        parameters=_AT,
    ),
    Template.RECORDS_END: Kind(
        {
            Locale.EN: Words(
                "Some of your records will be deleted",
                "Your account has not been used for a long time. Records that we keep only while "
                "it is used will be deleted on {at}. To keep them, sign in before then.\n",
            ),
            Locale.ES: Words(
                "Algunos de sus registros se eliminarán",
                "Su cuenta no se ha usado desde hace mucho tiempo. Los registros que solo "
                "guardamos mientras se usa se eliminarán el {at}. Para conservarlos, inicie "
                "sesión antes.\n",
            ),
        },
        timedelta(days=7),
        parameters=_AT,
    ),
    Template.RECEIPT: Kind(
        {
            Locale.EN: Words(
                "Your receipt",
                "Thank you. Your receipt {number} is attached as a PDF. You find it in your account"
                " too, at any time.\n",
            ),
            Locale.ES: Words(
                "Su recibo",
                "Gracias. Adjuntamos su recibo {number} en PDF (en inglés). También lo encontrará "
                "en su cuenta en cualquier momento.\n",
            ),
        },
        timedelta(days=14),
        parameters=_NUMBER,
        worker=_RECEIPTS_WORKER,
    ),
    Template.RECEIPT_CORRECTED: Kind(
        {
            Locale.EN: Words(
                "Your corrected receipt",
                "Your receipt {number} was corrected. The new version is attached as a PDF and says"
                " what changed; it replaces every earlier one.\n",
            ),
            Locale.ES: Words(
                "Su recibo corregido",
                "Se ha corregido su recibo {number}. Adjuntamos la nueva versión en PDF (en "
                "inglés), que indica el cambio y sustituye a todas las anteriores.\n",
            ),
        },
        timedelta(days=14),
        parameters=_NUMBER,
        worker=_RECEIPTS_WORKER,
    ),
    Template.GIVING_STATEMENT: Kind(
        {
            Locale.EN: Words(
                "Your annual statement",
                "Thank you. Your statement for {year} is attached as a PDF. You find it in your "
                "account too, at any time.\n",
            ),
            Locale.ES: Words(
                "Su informe anual",
                "Gracias. Adjuntamos su informe de {year} en PDF (en inglés). También lo "
                "encontrará en su cuenta en cualquier momento.\n",
            ),
        },
        timedelta(days=14),
        parameters=_YEAR,
        worker=_RECEIPTS_WORKER,
    ),
    Template.GIVING_STATEMENT_CORRECTED: Kind(
        {
            Locale.EN: Words(
                "Your corrected annual statement",
                "Your statement for {year} was corrected. The new version is attached as a PDF and "
                "replaces every earlier one.\n",
            ),
            Locale.ES: Words(
                "Su informe anual corregido",
                "Se ha corregido su informe de {year}. Adjuntamos la nueva versión en PDF (en "
                "inglés), que sustituye a todas las anteriores.\n",
            ),
        },
        timedelta(days=14),
        parameters=_YEAR,
        worker=_RECEIPTS_WORKER,
    ),
    Template.EARNINGS_WAIT: Kind(
        {
            Locale.EN: Words(
                "Money is waiting for you",
                "We owe you money and cannot send it: Stripe, which pays you for us, is missing "
                "something. Sign in and open your earnings to see what. The money stays yours.\n",
            ),
            Locale.ES: Words(
                "Hay dinero esperándole",
                "Le debemos dinero y no podemos enviarlo: a Stripe, que le paga por nosotros, le "
                "falta algo. Inicie sesión y abra sus ingresos para ver qué es. El dinero sigue "
                "siendo suyo.\n",
            ),
        },
        timedelta(days=7),
    ),
    Template.PAYOUT_FAILED: Kind(
        {
            Locale.EN: Words(
                "A payout did not arrive",
                "The payout that your bank should have received on {at} failed. The money is back "
                "in your balance at Stripe. Sign in, open your earnings, and check the bank "
                "account there.\n",
            ),
            Locale.ES: Words(
                "Un pago no ha llegado",
                "El pago que su banco debía recibir el {at} ha fallado. El dinero está de nuevo en "
                "su saldo de Stripe. Inicie sesión, abra sus ingresos y revise allí la cuenta "
                "bancaria.\n",
            ),
        },
        timedelta(days=7),
        parameters=_AT,
    ),
    **BILLING,
}
