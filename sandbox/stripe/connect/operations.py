"""Every operation of Connect."""

from sandbox.stripe.api import Operation
from sandbox.stripe.connect import accounts, links, transfers
from sandbox.stripe.endpoints import on, plain, retrieve
from sandbox.stripe.params import EXPAND, PAGE

OPERATIONS = [
    plain("POST", "/v1/accounts", accounts.CREATE, accounts.create),
    plain("GET", "/v1/accounts", accounts.LIST, accounts.list_accounts),
    Operation("GET", "/v1/accounts/{id}", EXPAND, accounts.retrieve),
    Operation("POST", "/v1/accounts/{id}", accounts.UPDATE, accounts.update),
    Operation("DELETE", "/v1/accounts/{id}", {}, accounts.delete),
    Operation("POST", "/v1/accounts/{id}/login_links", EXPAND, links.create_login),
    plain("POST", "/v1/account_links", links.ONBOARDING, links.create_onboarding),
    plain("POST", "/v1/transfers", transfers.CREATE, transfers.create),
    plain("GET", "/v1/transfers", transfers.LIST, transfers.list_transfers),
    retrieve("transfer", "/v1/transfers/{id}"),
    on("transfer", "POST", "/v1/transfers/{id}", transfers.UPDATE, transfers.update),
    on("transfer", "POST", "/v1/transfers/{id}/reversals", transfers.REVERSE, transfers.reverse),
    on("transfer", "GET", "/v1/transfers/{id}/reversals", PAGE, transfers.list_reversals),
    Operation(
        "GET", "/v1/transfers/{id}/reversals/{reversal}", EXPAND, transfers.retrieve_reversal
    ),
]
