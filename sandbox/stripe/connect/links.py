"""Links by which people come to Stripe's pages about their account: each once, and not for long."""

from dataclasses import dataclass

from sandbox.stripe.account import Account
from sandbox.stripe.connect import accounts, state
from sandbox.stripe.errors import StripeError
from sandbox.stripe.params import (
    EXPAND,
    Json,
    Schema,
    one_of,
    optional,
    record,
    required,
    text,
    web_address,
)

OPEN_SECONDS = 300

ONBOARDING: Schema = EXPAND | {
    "account": required(text),
    "collection_options": optional(
        record(
            {
                "fields": optional(one_of("currently_due", "eventually_due")),
                "future_requirements": optional(one_of("include", "omit")),
            }
        )
    ),
    "refresh_url": required(web_address),
    "return_url": required(web_address),
    "type": required(one_of("account_onboarding")),
}


@dataclass
class Link:
    """A way to a page about an account.

    Attributes:
        account: whose page it is.
        until: when it expires, in Unix seconds.
        refresh_url: where people get another link.
        return_url: where they go when they are done.
        used: whether somebody came by it.
    """

    account: Account
    until: int
    refresh_url: str = ""
    return_url: str = ""
    used: bool = False


def create_onboarding(platform: Account, params: Json) -> Json:
    """Return a link to the page on which a person completes an account."""
    account = accounts.find(platform, params["account"])
    link = Link(
        account,
        platform.clock.now() + OPEN_SECONDS,
        params["refresh_url"],
        params["return_url"],
    )
    return _publish(platform, link, "account_link", "setup/e") | {"expires_at": link.until}


def create_login(platform: Account, ids: dict[str, str], params: Json) -> Json:  # noqa: ARG001
    """Return a link to the Express dashboard.

    Raises:
        StripeError: the account is not completed.
    """
    account = accounts.find(platform, ids["id"])
    if not state.of(account)["details_submitted"]:
        raise StripeError(
            "Cannot create a login link for an account that has not completed onboarding."
        )
    link = Link(account, platform.clock.now() + OPEN_SECONDS)
    return _publish(platform, link, "login_link", "express")


def take(platform: Account, token: str) -> tuple[Link | None, bool]:
    """Use a link up; return it, and whether it still led anywhere."""
    link: Link | None = platform.pages.links.get(token)
    if link is None:
        return None, False
    fresh = not link.used and platform.clock.now() < link.until
    link.used = True
    return link, fresh


def _publish(platform: Account, link: Link, kind: str, path: str) -> Json:
    token = platform.new_id("")
    platform.pages.links[token] = link
    return {
        "object": kind,
        "created": platform.clock.now(),
        "url": f"{platform.base_url}/{path}/{token}",
    }
