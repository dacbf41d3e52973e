"""Profiles, their completion, and what may be told of them to the model."""

import re
import unicodedata
import zoneinfo
from enum import StrEnum
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, Field

from app.kit.model import IdempotencyKey, Instant, Message, Revised


def _meaningful(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    if any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text):
        raise ValueError("must not hold control characters")
    return text


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _time_zone(name: str) -> str:
    if name not in _time_zones():
        raise ValueError("must be an IANA time zone, such as America/Denver")
    return name


def _linkedin(address: str) -> str:
    if not re.fullmatch(r"https://([a-z]{2,3}\.)?linkedin\.com/[^\s]+", address):
        raise ValueError("must be an address under https://www.linkedin.com/")
    return address


def _site(address: str) -> str:
    host = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
    if not re.fullmatch(rf"https?://{host}(?::\d{{1,5}})?(?:[/?#][^\s]*)?", address):
        raise ValueError("must be an address that begins with https:// or http://")
    return address


def _phone(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    if not re.fullmatch(r"\+?[0-9 ().-]+", number) or not 7 <= len(digits) <= 15:  # noqa: PLR2004  # E.164
        raise ValueError("must be a phone number of 7 to 15 digits")
    return number


Name = Annotated[str, Field(min_length=1, max_length=50), AfterValidator(_meaningful)]
Line = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_meaningful)]
Years = Annotated[int, Field(ge=0, le=50)]
Count = Annotated[int, Field(ge=1, le=10_000_000)]


class Profile(Message):
    """What a person says of themselves; each field may be missing."""

    first_name: Name | None = None
    last_name: Name | None = None
    company: Line | None = None
    job_title: Line | None = None
    industry: Line | None = None
    location: Line | None = None
    years_of_experience: Years | None = None
    time_zone: (
        Annotated[str, Field(min_length=1, max_length=50), AfterValidator(_time_zone)] | None
    ) = None
    bio: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_meaningful)] | None = (
        None
    )
    linkedin_url: (
        Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_linkedin)] | None
    ) = None
    site_url: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_site)] | None = (
        None
    )
    phone: Annotated[str, Field(min_length=1, max_length=20), AfterValidator(_phone)] | None = None
    company_size: Count | None = None
    team_size: Count | None = None
    years_in_role: Years | None = None


class Level(StrEnum):
    """How complete a profile is."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    INCOMPLETE = "incomplete"


class Completion(Message):
    """How much of a profile is there, in percent; `missing` are the fields that would count."""

    percent: int
    level: Level
    complete: bool
    missing: tuple[str, ...]


class RoleContext(StrEnum):
    """What somebody does, by their job title."""

    C_LEVEL_EXECUTIVE = "c_level_executive"
    TECHNICAL_EXECUTIVE = "technical_executive"
    FINANCIAL_EXECUTIVE = "financial_executive"
    MANAGEMENT_ROLE = "management_role"
    SENIOR_INDIVIDUAL_CONTRIBUTOR = "senior_individual_contributor"
    INDIVIDUAL_CONTRIBUTOR = "individual_contributor"
    UNSPECIFIED = "unspecified"


class SectorContext(StrEnum):
    """What their company does, by their industry."""

    TECHNOLOGY = "technology"
    FINANCIAL_SERVICES = "financial_services"
    HEALTHCARE = "healthcare"
    RETAIL_COMMERCE = "retail_commerce"
    PROFESSIONAL_SERVICES = "professional_services"
    OTHER = "other"
    UNSPECIFIED = "unspecified"


class CompanyContext(StrEnum):
    """How many people a company has."""

    STARTUP_SMALL = "startup_small"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    ENTERPRISE = "enterprise"


class TeamContext(StrEnum):
    """How many people a team has."""

    INDIVIDUAL = "individual"
    SMALL_TEAM = "small_team"
    MEDIUM_TEAM = "medium_team"
    LARGE_TEAM = "large_team"


class YearsContext(StrEnum):
    """How long somebody has worked."""

    JUNIOR = "junior"
    MID_LEVEL = "mid_level"
    SENIOR = "senior"
    EXPERT = "expert"


class CoachingContext(Message):
    """All that a prompt may tell of a profile: nothing that tells who the person is."""

    role: RoleContext
    sector: SectorContext
    company: CompanyContext | None
    team: TeamContext | None
    years: YearsContext | None


class StoredProfile(Revised):
    """`profiles/{uid}`: a profile, each field sealed by itself."""

    sealed: dict[str, bytes] = Field(default_factory=dict)
    updated_at: Instant


class GetProfile(Message):
    """Asks for the caller's profile."""


class ProfileField(StrEnum):
    """The fields of a profile, as they are named on the wire."""

    FIRST_NAME = "firstName"
    LAST_NAME = "lastName"
    COMPANY = "company"
    JOB_TITLE = "jobTitle"
    INDUSTRY = "industry"
    LOCATION = "location"
    YEARS_OF_EXPERIENCE = "yearsOfExperience"
    TIME_ZONE = "timeZone"
    BIO = "bio"
    LINKEDIN_URL = "linkedinUrl"
    SITE_URL = "siteUrl"
    PHONE = "phone"
    COMPANY_SIZE = "companySize"
    TEAM_SIZE = "teamSize"
    YEARS_IN_ROLE = "yearsInRole"


class UpdateProfile(Profile):
    """Sets the fields that it holds and clears those in `clear`; all others stay as they are."""

    clear: tuple[ProfileField, ...] = Field(default=(), max_length=15)
    idempotency_key: IdempotencyKey


class ProfileUpdated(Message):
    """The profile after the change."""

    completion: Completion


class ProfileAnswer(Message):
    """A profile as its owner sees it, with what a prompt may tell of it."""

    profile: Profile
    completion: Completion
    coaching_context: CoachingContext
