"""Why a step is worth doing, in each language."""

from app.kit.locale import Locale
from app.platform.onboarding.models import Reason

TEXTS = {
    Locale.EN: {
        Reason.TERMS_NEEDED: "Everything else here opens once you have accepted the terms of use.",
        Reason.ADDRESS_UNPROVEN: "With a proven address you can always get back into your account.",
        Reason.STAFF_ACCESS: "Work on other people's data needs a second factor at sign-in.",
        Reason.FINDS_YOUR_STEPS: "Tell us what brings you here, and we show the steps that fit.",
        Reason.FITS_COACHING: "Your profile tells us who you are and where you work.",
        Reason.YOUR_CHOICE: "Decide first whether a computer model may read your answers.",
        Reason.FINDS_STRENGTHS: "The assessment shows where you stand and what to work on.",
        Reason.TURNS_INTO_ACTION: "A plan turns your assessment into things to do.",
        Reason.HELPS_SOMEBODY: "Your gift pays for what somebody needs.",
        Reason.YOUR_RECORDS: "Nobody sees your records unless you decide so.",
        Reason.SHOWS_WHERE_GIFTS_GO: "The public ledger shows what became of each gift.",
        Reason.SHARED_WITH_YOU: "See what people have agreed to share with you.",
    },
    Locale.ES: {
        Reason.TERMS_NEEDED: "Todo lo demás se abre cuando acepte los términos de uso.",
        Reason.ADDRESS_UNPROVEN: "Con una dirección verificada siempre podrá recuperar su cuenta.",
        Reason.STAFF_ACCESS: "Trabajar con datos ajenos exige un segundo factor al entrar.",
        Reason.FINDS_YOUR_STEPS: "Díganos qué le trae aquí y le mostraremos sus pasos.",
        Reason.FITS_COACHING: "Su perfil nos dice quién es y dónde trabaja.",
        Reason.YOUR_CHOICE: "Decida primero si un modelo informático puede leer sus respuestas.",
        Reason.FINDS_STRENGTHS: "La evaluación muestra dónde está y qué puede mejorar.",
        Reason.TURNS_INTO_ACTION: "Un plan convierte su evaluación en cosas que hacer.",
        Reason.HELPS_SOMEBODY: "Su donación paga lo que alguien necesita.",
        Reason.YOUR_RECORDS: "Nadie ve sus registros si usted no lo decide.",
        Reason.SHOWS_WHERE_GIFTS_GO: "El libro público muestra qué fue de cada donación.",
        Reason.SHARED_WITH_YOU: "Vea lo que otras personas aceptaron compartir con usted.",
    },
}
