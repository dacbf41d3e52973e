"""What is kept of people who have an account."""

from datetime import timedelta

from app.platform.records.models import Access, Category, Purpose, RecordType, Retention
from app.platform.records.register.duties import YEAR

_PROFILE = frozenset(
    {
        "firstName",
        "lastName",
        "company",
        "jobTitle",
        "industry",
        "location",
        "yearsOfExperience",
        "timeZone",
        "bio",
        "linkedinUrl",
        "siteUrl",
        "phone",
        "companySize",
        "teamSize",
        "yearsInRole",
    }
)
_NAME = frozenset({"firstName", "lastName"})
_CONTACT = _NAME | {"phone"}
_MAIL_SECRETS = frozenset({"address", "token"})

ROWS = (
    RecordType(
        "accounts",
        "The roles of an account, and when the terms were accepted",
        Category.ACCOUNT,
        owner_field="",
    ),
    RecordType(
        "sessions",
        "A sign-in, and on what kind of device",
        Category.ACCOUNT,
        retention=Retention(timedelta(0), "expiresAt"),
    ),
    RecordType(
        "role_changes",
        "That a role was given or taken, and by whom",
        Category.ACCOUNT,
        retention=Retention(7 * YEAR, "proposedAt"),
    ),
    RecordType(
        "profiles",
        "What the person says of themselves",
        Category.PROFILE,
        owner_field="",
        access=Access(
            fields=_PROFILE,
            system_opens={Purpose.RECEIPTS: _NAME},
            shared=_CONTACT,
            emergency=_CONTACT,
        ),
    ),
    RecordType(
        "onboarding",
        "What the person came for, and the first steps that they marked",
        Category.RECOVERY,  # that somebody came for recovery support is a fact of recovery
        owner_field="",
        access=Access(fields=frozenset({"answers", "progress"})),
    ),
    RecordType(
        "account_links",
        "A link to prove an address or set a password, and whether it was used",
        Category.ACCOUNT,
        access=Access(fields=frozenset({"newEmail"})),
        retention=Retention(timedelta(days=30), "expiresAt"),
    ),
    RecordType(
        "account_locks",
        "How often password or address were changed, and whether they are being",
        Category.ACCOUNT,
        owner_field="",
    ),
    RecordType(
        "reset_requests",
        "That a new password was asked for, at an address not looked up yet",
        Category.ACCOUNT,
        owner_field=None,
        access=Access(
            fields=frozenset({"email"}),
            system_opens={Purpose.ACCOUNT: frozenset({"email"})},
            system_seals=frozenset({Purpose.ACCOUNT}),
            audited=False,  # it is nobody's yet
        ),
        retention=Retention(timedelta(hours=1), "requestedAt"),
        exported=False,
    ),
    RecordType(
        "outbox",
        "A mail to the person, and whether it was sent",
        Category.ACCOUNT,
        access=Access(
            fields=_MAIL_SECRETS,
            system_opens={Purpose.MAIL: _MAIL_SECRETS},
            system_seals=frozenset({Purpose.MAIL}),
        ),
        retention=Retention(timedelta(days=90), "queuedAt"),
        exported=False,
        withheld="With the token of a link, whoever has the export could get in.",
    ),
)
