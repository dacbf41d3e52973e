"""How complete a profile is, and what may be told of it."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.kit.errors import InvalidArgumentError
from app.kit.wire import parse
from app.platform.profiles.models import (
    CompanyContext,
    Level,
    Profile,
    ProfileField,
    RoleContext,
    SectorContext,
    TeamContext,
    UpdateProfile,
    YearsContext,
)
from app.platform.profiles.policy.completion import WEIGHTS, completion
from app.platform.profiles.policy.context import ROLES, SECTORS, context
from app.platform.records.register import TYPES

MAIN = {"firstName", "lastName", "jobTitle", "industry", "yearsOfExperience", "location", "bio"}
REST = {"company", "timeZone", "linkedinUrl", "siteUrl", "phone"}


@pytest.mark.parametrize(
    ("present", "percent", "level", "complete"),
    [
        (set(), 0, Level.INCOMPLETE, False),
        (MAIN - {"bio"}, 60, Level.FAIR, False),
        (MAIN - {"bio", "location"} | {"phone"}, 56, Level.INCOMPLETE, False),
        (MAIN, 70, Level.FAIR, False),
        (MAIN | {"phone"}, 76, Level.FAIR, False),
        (MAIN | {"phone", "company"}, 82, Level.GOOD, True),
        (MAIN - {"bio"} | REST, 90, Level.EXCELLENT, True),
        (MAIN | REST - {"phone", "company"}, 88, Level.GOOD, True),
        (MAIN | REST, 100, Level.EXCELLENT, True),
        ({"companySize", "teamSize", "yearsInRole"}, 0, Level.INCOMPLETE, False),
        (REST, 30, Level.INCOMPLETE, False),
    ],
)
def test_the_score_of_a_profile(present, percent, level, complete) -> None:  # type: ignore[no-untyped-def]
    told = completion(present)

    assert (told.percent, told.level, told.complete) == (percent, level, complete)
    assert set(told.missing) == (MAIN | REST) - present


def test_the_fields_are_the_same_everywhere() -> None:
    names = {field.alias for field in Profile.model_fields.values()}
    access = TYPES["profiles"].access

    assert names == set(ProfileField)
    assert access is not None
    assert names == access.fields
    assert set(WEIGHTS) == MAIN | REST <= names


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("CTO", RoleContext.TECHNICAL_EXECUTIVE),
        ("Chief Technology Officer & co-founder", RoleContext.TECHNICAL_EXECUTIVE),
        ("Directora de Tecnología", RoleContext.TECHNICAL_EXECUTIVE),
        ("cfo/coo", RoleContext.FINANCIAL_EXECUTIVE),
        ("CEO", RoleContext.C_LEVEL_EXECUTIVE),
        ("President", RoleContext.C_LEVEL_EXECUTIVE),
        ("Founder", RoleContext.C_LEVEL_EXECUTIVE),
        ("Vice President, Sales", RoleContext.MANAGEMENT_ROLE),
        ("Chief of Staff", RoleContext.MANAGEMENT_ROLE),
        ("Senior Product Manager", RoleContext.MANAGEMENT_ROLE),
        ("Gerente de ventas", RoleContext.MANAGEMENT_ROLE),
        ("Sr. Engineer", RoleContext.SENIOR_INDIVIDUAL_CONTRIBUTOR),
        ("Staff Nurse", RoleContext.SENIOR_INDIVIDUAL_CONTRIBUTOR),
        ("Engineer", RoleContext.INDIVIDUAL_CONTRIBUTOR),
        ("Scotland guide", RoleContext.INDIVIDUAL_CONTRIBUTOR),
        ("Discovery analyst", RoleContext.INDIVIDUAL_CONTRIBUTOR),
        ("Doctor", RoleContext.INDIVIDUAL_CONTRIBUTOR),
        ("Cook", RoleContext.INDIVIDUAL_CONTRIBUTOR),
        ("Seniority researcher", RoleContext.INDIVIDUAL_CONTRIBUTOR),
        ("!!!", RoleContext.UNSPECIFIED),
        (None, RoleContext.UNSPECIFIED),
    ],
)
def test_a_role_by_whole_words(title: str | None, role: RoleContext) -> None:
    assert context(Profile(job_title=title)).role is role


@pytest.mark.parametrize(
    ("industry", "sector"),
    [
        ("Software", SectorContext.TECHNOLOGY),
        ("IT", SectorContext.TECHNOLOGY),
        ("Informática", SectorContext.TECHNOLOGY),
        ("Health IT", SectorContext.HEALTHCARE),
        ("Banking & insurance", SectorContext.FINANCIAL_SERVICES),
        ("E-commerce", SectorContext.RETAIL_COMMERCE),
        ("Law", SectorContext.PROFESSIONAL_SERVICES),
        ("Lawn care", SectorContext.OTHER),
        ("Hospitality", SectorContext.OTHER),
        ("Fitness", SectorContext.OTHER),
        ("Restoration", SectorContext.OTHER),
        ("", SectorContext.UNSPECIFIED),
        (None, SectorContext.UNSPECIFIED),
    ],
)
def test_a_sector_by_whole_words(industry: str | None, sector: SectorContext) -> None:
    assert context(Profile.model_construct(industry=industry, job_title=None)).sector is sector


LETTERS = st.text(string.ascii_lowercase, min_size=1, max_size=3)
LISTED = {word for words in (*ROLES.values(), *SECTORS.values()) for word in words}


@given(st.sampled_from(sorted(LISTED)), LETTERS, st.booleans())
def test_a_listed_word_inside_of_another_says_nothing(word, letters, before) -> None:  # type: ignore[no-untyped-def]
    inside = f"{letters}{word}" if before else f"{word}{letters}"
    if any(part in LISTED for part in {inside, *inside.split()}):
        return  # the letters made another listed word, or left one whole
    if "president" in inside.split():
        return
    told = context(Profile.model_construct(job_title=inside, industry=inside))

    several = " " in inside and any(f" {w} " in f" {inside} " for w in LISTED)
    if not several:
        assert told.role is RoleContext.INDIVIDUAL_CONTRIBUTOR
        assert told.sector is SectorContext.OTHER


@given(st.sampled_from(sorted(LISTED)))
def test_what_is_told_holds_none_of_the_words_of_a_profile(word) -> None:  # type: ignore[no-untyped-def]
    profile = Profile(
        first_name="Zed", company="Acme", job_title=f"{word} Xyzzy", location="Nowhere", bio="Plugh"
    )
    told = context(profile).model_dump_json()

    assert not any(text in told for text in ("Zed", "Acme", "Xyzzy", "Nowhere", "Plugh"))


@pytest.mark.parametrize(
    ("size", "company"),
    [
        (1, "startup_small"),
        (10, "startup_small"),
        (11, "small"),
        (50, "small"),
        (51, "medium"),
        (200, "medium"),
        (201, "large"),
        (1000, "large"),
        (1001, "enterprise"),
        (None, None),
    ],
)
def test_a_company_by_its_size(size, company) -> None:  # type: ignore[no-untyped-def]
    assert context(Profile(company_size=size)).company == (company and CompanyContext(company))


@pytest.mark.parametrize(
    ("size", "team"),
    [
        (1, "individual"),
        (2, "individual"),
        (3, "small_team"),
        (5, "small_team"),
        (6, "medium_team"),
        (15, "medium_team"),
        (16, "large_team"),
        (None, None),
    ],
)
def test_a_team_by_its_size(size, team) -> None:  # type: ignore[no-untyped-def]
    assert context(Profile(team_size=size)).team == (team and TeamContext(team))


@pytest.mark.parametrize(
    ("years", "level"),
    [
        (0, "junior"),
        (1, "junior"),
        (2, "mid_level"),
        (4, "mid_level"),
        (5, "senior"),
        (9, "senior"),
        (10, "expert"),
        (50, "expert"),
        (None, None),
    ],
)
def test_experience_by_years(years, level) -> None:  # type: ignore[no-untyped-def]
    told = context(Profile(years_of_experience=years)).years
    assert told == (level and YearsContext(level))


KEY = {"idempotencyKey": "2f1c1b52-6f3e-4a38-9a2e-0c9f5b1e7d11"}
GOOD = {
    "firstName": "Zoë",
    "timeZone": "America/Denver",
    "linkedinUrl": "https://www.linkedin.com/in/zoe",
    "siteUrl": "https://zoe.example/about?x=1",
    "phone": "+1 (303) 555-0100",
    "bio": "Line one\nline two",
}


def test_a_right_profile_is_taken() -> None:
    assert parse(UpdateProfile, GOOD | KEY).time_zone == "America/Denver"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((name, " ") for name in ("firstName", "lastName", "company", "bio")),
        ("firstName", "x" * 51),
        ("location", "x" * 101),
        ("bio", "x" * 501),
        ("jobTitle", "a\u0007b"),
        *(("timeZone", zone) for zone in ("Denver", "America", "../etc/passwd", "posixrules", "")),
        *(("yearsOfExperience", years) for years in (-1, 51, 1.5, "3")),
        *(("companySize", size) for size in (0, -1, 10_000_001)),
        *(
            ("linkedinUrl", url)
            for url in (
                "http://www.linkedin.com/in/a",
                "https://linkedin.com.evil.example/in/a",
                "https://evil.example/linkedin.com/",
                "https://user@evil.example#linkedin.com/in",
                "javascript:alert(1)",
            )
        ),
        *(
            ("siteUrl", url)
            for url in (
                "javascript:alert(1)",
                "zoe.example",
                "ftp://zoe.example",
                "https://",
                "https://localhost",
                "https://user:pw@zoe.example",
                "https://zoe.example/a b",
                "data:text/html,x",
            )
        ),
        *(("phone", number) for number in ("123", "call me", "+1 303 555 0100 ext 4567", "+" * 9)),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object) -> None:
    with pytest.raises(InvalidArgumentError) as refused:
        parse(UpdateProfile, {**GOOD, **KEY, field: value})

    assert {problem["field"] for problem in refused.value.details} == {field}


def test_a_profile_takes_no_field_that_it_does_not_know() -> None:
    with pytest.raises(ValidationError):
        Profile(nickname="Z")  # type: ignore[call-arg]
