"""The operations of recurring money."""

from sandbox.stripe import payment_methods
from sandbox.stripe.api import Operation
from sandbox.stripe.billing import setup_intents
from sandbox.stripe.endpoints import on, plain, retrieve
from sandbox.stripe.params import EXPAND

METHODS = "/v1/payment_methods"
OF_CUSTOMER = "/v1/customers/{id}/payment_methods"
SETUPS = "/v1/setup_intents"

OPERATIONS = [
    plain("GET", METHODS, payment_methods.LIST, payment_methods.list_methods),
    retrieve("payment_method", METHODS + "/{id}"),
    on(
        "payment_method",
        "POST",
        METHODS + "/{id}",
        payment_methods.UPDATE,
        payment_methods.update,
    ),
    Operation(
        "POST",
        METHODS + "/{id}/attach",
        payment_methods.ATTACH,
        lambda account, ids, params: payment_methods.attach(account, ids["id"], params),
    ),
    on("payment_method", "POST", METHODS + "/{id}/detach", EXPAND, payment_methods.detach),
    on("customer", "GET", OF_CUSTOMER, payment_methods.LIST, payment_methods.list_of_customer),
    Operation(
        "GET",
        OF_CUSTOMER + "/{method}",
        EXPAND,
        lambda account, ids, _: payment_methods.retrieve_of_customer(
            account, account.get("customer", ids["id"]), ids["method"]
        ),
    ),
    plain("POST", SETUPS, setup_intents.CREATE, setup_intents.create),
    plain("GET", SETUPS, setup_intents.LIST, setup_intents.list_intents),
    retrieve("setup_intent", SETUPS + "/{id}"),
    on(
        "setup_intent",
        "POST",
        SETUPS + "/{id}/confirm",
        setup_intents.CONFIRM,
        setup_intents.confirm,
    ),
    on("setup_intent", "POST", SETUPS + "/{id}/cancel", setup_intents.CANCEL, setup_intents.cancel),
]
