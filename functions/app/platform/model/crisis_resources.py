"""Where a person in a crisis finds help: fixed words, in English and Spanish.

Every number must be verified again before launch, and its date here set by whoever did so; see
docs/crisis-screen.md for what was compared with what.
"""

from datetime import date

from app.platform.model.models import CrisisCategory, Resource

VERIFIED_ON = date(2026, 11, 23)

EMERGENCY = Resource(
    id="emergency",
    contact="911",
    text={
        "en": "If life is in danger now, call 911.",
        "es": "Si hay peligro de muerte ahora, llama al 911.",
    },
    verified_on=VERIFIED_ON,
)
LIFELINE = Resource(
    id="lifeline",
    contact="988",
    text={
        "en": "Call or text 988, the Suicide & Crisis Lifeline: free, at any hour. "
        "For Spanish press 2, or text AYUDA.",
        "es": "Llama al 988, la línea de prevención del suicidio y crisis, y oprime 2 para "
        "español, o envía AYUDA por mensaje de texto al 988. Gratis, a toda hora.",
    },
    verified_on=VERIFIED_ON,
)
CRISIS_TEXT_LINE = Resource(
    id="crisis_text_line",
    contact="741741",
    text={
        "en": "If writing is easier, text HOME to 741741.",
        "es": "Si prefieres escribir, envía HOME por mensaje de texto al 741741.",
    },
    verified_on=VERIFIED_ON,
)
TREATMENT_HELPLINE = Resource(
    id="treatment_helpline",
    contact="1-800-662-4357",
    text={
        "en": "For help with alcohol or drugs call SAMHSA at 1-800-662-4357: free, confidential, "
        "at any hour, in English and Spanish.",
        "es": "Para ayuda con alcohol o drogas llama a SAMHSA al 1-800-662-4357: gratis, "
        "confidencial, a toda hora, en inglés y español.",
    },
    verified_on=VERIFIED_ON,
)
STAY = Resource(
    id="stay",
    contact="",
    text={
        "en": "Do not stay alone. If it is somebody else, stay with the person until help comes.",
        "es": "No te quedes a solas. Si es otra persona, quédate con ella hasta que llegue ayuda.",
    },
    verified_on=VERIFIED_ON,
)
NALOXONE = Resource(
    id="naloxone",
    contact="",
    text={
        "en": "Give naloxone (Narcan) if you have it, and again after 2 to 3 minutes if the "
        "person does not wake up.",
        "es": "Da naloxona (Narcan) si la tienes, y otra vez a los 2 o 3 minutos si la persona "
        "no despierta.",
    },
    verified_on=VERIFIED_ON,
)
RECOVERY_POSITION = Resource(
    id="recovery_position",
    contact="",
    text={
        "en": "If the person breathes but does not wake up, lay them on their side, knee bent, "
        "so that they cannot choke.",
        "es": "Si la persona respira pero no despierta, ponla de lado, con la rodilla doblada, "
        "para que no se ahogue.",
    },
    verified_on=VERIFIED_ON,
)

RESOURCES = {
    CrisisCategory.OVERDOSE: (
        EMERGENCY,
        NALOXONE,
        RECOVERY_POSITION,
        STAY,
        LIFELINE,
        TREATMENT_HELPLINE,
    ),
    CrisisCategory.SELF_HARM: (LIFELINE, EMERGENCY, CRISIS_TEXT_LINE, STAY, TREATMENT_HELPLINE),
}
"""What a person is shown, the most urgent first."""
