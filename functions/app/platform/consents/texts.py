"""The texts that people consent to, by version and language.

A change of meaning is a new version: what was given to an older one is off until given anew. Who
changes a text raises `VERSION` of its kind; the old texts stay in the history of this file.
"""

from app.kit.locale import Locale
from app.platform.consents.models import ConsentKind

VERSION = dict.fromkeys(ConsentKind, 1)
"""The current version of each text."""

_HOW_TO_REVOKE = {
    Locale.EN: (
        "You may revoke this consent at any time: in the app under Consents, with one step, or in"
        " writing to us. From then on nothing more is disclosed. What was disclosed before cannot"
        " be taken back."
    ),
    Locale.ES: (
        "Puede revocar este consentimiento en cualquier momento: en la aplicación, en"
        " Consentimientos, con un solo paso, o por escrito. Desde entonces no se divulga nada más."
        " Lo que ya se divulgó no puede retirarse."
    ),
}

TEXTS = {
    ConsentKind.PROCESSING: {
        Locale.EN: (
            "A computer model run for us by Google may read my answers and goals, with names and"
            " contact data taken out, to write my analysis and plan. Without this, fixed rules"
            " write them."
        ),
        Locale.ES: (
            "Un modelo informático que Google opera para nosotros puede leer mis respuestas y"
            " metas, sin nombres ni datos de contacto, para redactar mi análisis y mi plan. Sin"
            " esto, los redactan reglas fijas."
        ),
    },
    ConsentKind.MARKETING: {
        Locale.EN: "You may write to me about offers and news. Without this I get what I ask for.",
        Locale.ES: (
            "Pueden escribirme sobre ofertas y novedades. Sin esto recibo solo lo que solicito."
        ),
    },
    ConsentKind.ANALYTICS: {
        Locale.EN: "You may count how I use the product, to make it better.",
        Locale.ES: "Pueden contar cómo uso el producto, para mejorarlo.",
    },
    ConsentKind.COACH_CHAT_RETENTION: {
        Locale.EN: (
            "You may keep my conversations with the coaching assistant, so that I can come back to"
            " them. When I withdraw this, they are deleted."
        ),
        Locale.ES: (
            "Pueden conservar mis conversaciones con el asistente de coaching para que yo pueda"
            " volver a ellas. Cuando retire este permiso, se borrarán."
        ),
    },
    ConsentKind.CONSENT: {
        Locale.EN: (
            "I allow those named as disclosing to give the kinds of records named here to the"
            " recipient named here, for the purposes named here, until the date named here."
        ),
        Locale.ES: (
            "Permito que quienes aquí se nombran como divulgadores entreguen los tipos de registros"
            " aquí nombrados al destinatario aquí nombrado, para los fines aquí nombrados, hasta la"
            " fecha aquí indicada."
        ),
    },
    ConsentKind.TPO: {
        Locale.EN: (
            "I allow all future uses and disclosures of the kinds of records named here, to the"
            " recipient named here, for treatment, payment and health care operations, until the"
            " date named here."
        ),
        Locale.ES: (
            "Permito todos los usos y divulgaciones futuros de los tipos de registros aquí"
            " nombrados, al destinatario aquí nombrado, para tratamiento, pago y operaciones de"
            " atención médica, hasta la fecha aquí indicada."
        ),
    },
    ConsentKind.COUNSELLING_NOTES: {
        Locale.EN: (
            "I allow the disclosure of counselling notes, and of nothing else, to the recipient"
            " named here, for the purposes named here, until the date named here."
        ),
        Locale.ES: (
            "Permito la divulgación de las notas de consejería, y de nada más, al destinatario aquí"
            " nombrado, para los fines aquí nombrados, hasta la fecha aquí indicada."
        ),
    },
    ConsentKind.LEGAL_PROCEEDING: {
        Locale.EN: (
            "I allow the recipient named here to use the kinds of records named here, and testimony"
            " about them, in a civil, criminal, administrative or legislative proceeding, also"
            " against me, until the date named here."
        ),
        Locale.ES: (
            "Permito que el destinatario aquí nombrado use los tipos de registros aquí nombrados, y"
            " testimonios sobre ellos, en un procedimiento civil, penal, administrativo o"
            " legislativo, también en mi contra, hasta la fecha aquí indicada."
        ),
    },
}

STATEMENTS = {
    "revocationUnderstood": _HOW_TO_REVOKE,
    "attested": {
        Locale.EN: "I typed my name myself, as my signature.",
        Locale.ES: "Escribí mi nombre yo mismo, como mi firma.",
    },
    "redisclosureUnderstood": {
        Locale.EN: (
            "A recipient that is bound by HIPAA may disclose these records further as HIPAA allows,"
            " and this law then no longer protects them, except that they may not be used in"
            " proceedings against me without my consent or a court order."
        ),
        Locale.ES: (
            "Un destinatario sujeto a HIPAA puede volver a divulgar estos registros como HIPAA lo"
            " permite, y entonces esta ley ya no los protege, salvo que no pueden usarse en"
            " procedimientos en mi contra sin mi consentimiento o una orden judicial."
        ),
    },
    "refusalUnderstood": {
        Locale.EN: (
            "If I do not sign, nothing that I get from Evergrow360 or SecondWind changes; others"
            " who need these records may have to ask me for them."
        ),
        Locale.ES: (
            "Si no firmo, nada de lo que recibo de Evergrow360 o SecondWind cambia; otros que"
            " necesiten estos registros quizá tengan que pedírmelos a mí."
        ),
    },
}
"""What a person confirms on the forms of Part 2, by the field that says so."""
