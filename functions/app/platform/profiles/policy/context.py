"""What a prompt may tell of a profile: categories, never the words that they were told by.

Words are compared whole, without case and accents: "Scotland" is no CTO and "discovery" no COO.
Where several lists match, the first one counts.
"""

import re
import unicodedata
from collections.abc import Mapping

from app.platform.profiles.models import (
    CoachingContext,
    CompanyContext,
    Profile,
    RoleContext,
    SectorContext,
    TeamContext,
    YearsContext,
)

ROLES: Mapping[RoleContext, tuple[str, ...]] = {
    RoleContext.TECHNICAL_EXECUTIVE: (
        *("cto", "cio", "ciso", "chief technology officer", "chief technical officer"),
        *("chief information officer", "chief information security officer"),
        *("director de tecnologia", "directora de tecnologia"),
    ),
    RoleContext.FINANCIAL_EXECUTIVE: (
        *("cfo", "chief financial officer", "director financiero", "directora financiera"),
    ),
    RoleContext.C_LEVEL_EXECUTIVE: (
        *("ceo", "coo", "cmo", "chro", "cpo", "chief executive", "chief operating officer"),
        *("chief marketing officer", "chief people officer", "chief product officer"),
        *("managing director", "executive director", "founder", "cofounder"),
        *("director general", "directora general", "director ejecutivo", "directora ejecutiva"),
        *("fundador", "fundadora", "presidente", "presidenta"),
    ),
    RoleContext.MANAGEMENT_ROLE: (
        *("manager", "director", "directora", "head", "supervisor", "supervisora", "vp", "svp"),
        *("evp", "vice president", "team lead", "gerente", "jefe", "jefa", "chief of staff"),
        *("encargado", "encargada", "coordinator", "coordinador", "coordinadora"),
    ),
    RoleContext.SENIOR_INDIVIDUAL_CONTRIBUTOR: (
        *("senior", "sr", "principal", "staff", "lead", "architect", "expert", "arquitecto"),
        *("arquitecta", "experto", "experta"),
    ),
}
PRESIDENT = "president"
"""Of a company, unless it is a vice president."""

SECTORS: Mapping[SectorContext, tuple[str, ...]] = {
    SectorContext.HEALTHCARE: (
        *("health", "healthcare", "medical", "medicine", "hospital", "hospitals", "pharma"),
        *("pharmaceutical", "pharmaceuticals", "biotech", "biotechnology", "nursing", "clinic"),
        *("salud", "sanidad", "medicina", "farmaceutica"),
    ),
    SectorContext.FINANCIAL_SERVICES: (
        *("finance", "financial", "fintech", "bank", "banking", "banks", "insurance"),
        *("investment", "investments", "accounting", "finanzas", "banca", "banco", "seguros"),
    ),
    SectorContext.RETAIL_COMMERCE: (
        *("retail", "commerce", "ecommerce", "e commerce", "wholesale", "shop", "store"),
        *("stores", "comercio", "tienda", "tiendas"),
    ),
    SectorContext.TECHNOLOGY: (
        *("technology", "technologies", "tech", "software", "hardware", "saas", "it", "ai"),
        *("internet", "computing", "computer", "computers", "cloud", "cybersecurity"),
        *("telecommunications", "semiconductors", "tecnologia", "informatica"),
        *("telecomunicaciones",),
    ),
    SectorContext.PROFESSIONAL_SERVICES: (
        *("consulting", "consultancy", "legal", "law", "advisory", "professional services"),
        *("recruiting", "staffing", "consultoria", "abogados", "asesoria"),
    ),
}

_COMPANY = (
    (10, CompanyContext.STARTUP_SMALL),
    (50, CompanyContext.SMALL),
    (200, CompanyContext.MEDIUM),
    (1000, CompanyContext.LARGE),
)
_TEAM = ((2, TeamContext.INDIVIDUAL), (5, TeamContext.SMALL_TEAM), (15, TeamContext.MEDIUM_TEAM))
_YEARS = ((1, YearsContext.JUNIOR), (4, YearsContext.MID_LEVEL), (9, YearsContext.SENIOR))
"""Each with the greatest whole number that it goes to."""


def context(profile: Profile) -> CoachingContext:
    """Return what may be told of a profile."""
    return CoachingContext(
        role=_role(profile.job_title),
        sector=_sector(profile.industry),
        company=_within(_COMPANY, CompanyContext.ENTERPRISE, profile.company_size),
        team=_within(_TEAM, TeamContext.LARGE_TEAM, profile.team_size),
        years=_within(_YEARS, YearsContext.EXPERT, profile.years_of_experience),
    )


def _role(title: str | None) -> RoleContext:
    text = _words(title or "")
    if not text.strip():
        return RoleContext.UNSPECIFIED
    # An assistant to or chief of staff of somebody is not that person.
    if _has(text, "chief of staff"):
        return RoleContext.MANAGEMENT_ROLE
    if _has(text, PRESIDENT) and not _has(text, "vice president"):
        return RoleContext.C_LEVEL_EXECUTIVE
    found = (role for role, words in ROLES.items() if any(_has(text, word) for word in words))
    return next(found, RoleContext.INDIVIDUAL_CONTRIBUTOR)


def _sector(industry: str | None) -> SectorContext:
    text = _words(industry or "")
    if not text.strip():
        return SectorContext.UNSPECIFIED
    found = (sector for sector, words in SECTORS.items() if any(_has(text, word) for word in words))
    return next(found, SectorContext.OTHER)


def _words(text: str) -> str:
    """Return the words of `text`, in lower case and without accents, each between spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return f" {' '.join(re.findall(r'\w+', letters))} "


def _has(text: str, words: str) -> bool:
    return f" {words} " in text


def _within[C](limits: tuple[tuple[int, C], ...], beyond: C, number: int | None) -> C | None:
    if number is None:
        return None
    return next((context for greatest, context in limits if number <= greatest), beyond)
