"""The server that the Stripe SDK talks to in development and tests."""

import secrets
from typing import Any, Self

from sandbox.http import Server
from sandbox.standin import Faults
from sandbox.stripe import page
from sandbox.stripe.account import Account
from sandbox.stripe.api import Api, stripe_refusal
from sandbox.stripe.billing import portal_page
from sandbox.stripe.connect import onboarding
from sandbox.stripe.control import Control
from sandbox.stripe.faults import StripeFault
from sandbox.stripe.operations import OPERATIONS
from sandbox.stripe.webhooks import Webhooks


class StripeStandIn:
    """A Stripe account of its own, empty at first.

    Args:
        port: 0 takes a free one.
        webhook_url: where events go; can be set later by `POST /_sandbox/webhook_url`.
        connect_webhook_url: where those of connected accounts go; can be set in the same way.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        webhook_url: str | None = None,
        connect_webhook_url: str | None = None,
    ) -> None:
        self._api_key = f"sk_test_{secrets.token_hex(16)}"
        self._faults = Faults(StripeFault)
        self._webhooks = Webhooks(self._faults, webhook_url, _signing_secrets())
        self._connect = Webhooks(self._faults, connect_webhook_url, _signing_secrets())
        self._account = Account(self._faults, self._webhooks, self._connect)
        self._api = Api(self._account, self._faults, self._api_key)
        self._control = Control(
            self._account, self._api, self._faults, self._webhooks, self._connect
        )
        self._server = Server(
            [
                *(self._api.route(operation) for operation in OPERATIONS),
                *page.routes(self._account),
                *portal_page.routes(self._account),
                *onboarding.routes(self._account),
                *self._control.routes(),
            ],
            port=port,
            refuse=stripe_refusal,
        )
        self._account.base_url = self._server.url

    def start(self) -> Self:
        """Serve, deliver and let time pass."""
        self._webhooks.start()
        self._connect.start()
        self._account.clock.start()
        self._server.start()
        return self

    def stop(self) -> None:
        """End every thread and connection."""
        self._server.stop()
        self._account.clock.stop()
        self._webhooks.stop()
        self._connect.stop()

    def environment(self) -> dict[str, str]:
        """Return the variables by which the backend finds this server."""
        return {
            "STRIPE_API_BASE": self._server.url,
            "STRIPE_API_KEY": self._api_key,
            "STRIPE_CONNECT_WEBHOOK_SECRETS": ",".join(self._connect.secrets),
            "STRIPE_WEBHOOK_SECRETS": ",".join(self._webhooks.secrets),
        }

    def status(self) -> dict[str, Any]:
        """Return what `GET /_sandbox/status` answers."""
        return self._control.status()

    def calls(self) -> list[dict[str, Any]]:
        """Return what was asked of the API: method, path, params, idempotencyKey."""
        return self._api.recorded()

    def inject(self, fault: dict[str, Any]) -> None:
        """Let something go wrong; `faults.StripeFault` tells what can.

        Raises:
            ValueError: there is no such fault.
        """
        self._faults.add(fault)

    def reset(self) -> None:
        """Forget everything but the keys and the webhook endpoints."""
        self._control.reset()


def _signing_secrets() -> list[str]:
    return [f"whsec_{secrets.token_hex(16)}" for _ in range(2)]
