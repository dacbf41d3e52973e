"""The operations of recurring money."""

from sandbox.stripe import payment_methods
from sandbox.stripe.api import Operation
from sandbox.stripe.billing import (
    collection,
    coupons,
    invoices,
    outcomes,
    portal,
    previews,
    schemas,
    setup_intents,
    subscriptions,
    updates,
)
from sandbox.stripe.endpoints import on, plain, retrieve
from sandbox.stripe.params import EXPAND, PAGE

METHODS = "/v1/payment_methods"
OF_CUSTOMER = "/v1/customers/{id}/payment_methods"
SETUPS = "/v1/setup_intents"
COUPONS = "/v1/coupons"
CODES = "/v1/promotion_codes"
CUSTOMER = "/v1/customers/{id}"
SUBSCRIPTIONS = "/v1/subscriptions"
INVOICES = "/v1/invoices"

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
    plain("POST", COUPONS, coupons.COUPON, coupons.create),
    plain("GET", COUPONS, coupons.LIST_COUPONS, coupons.list_coupons),
    retrieve("coupon", COUPONS + "/{id}"),
    on("coupon", "POST", COUPONS + "/{id}", coupons.UPDATE_COUPON, coupons.update),
    on("coupon", "DELETE", COUPONS + "/{id}", EXPAND, coupons.delete),
    plain("POST", CODES, coupons.CODE, coupons.create_code),
    plain("GET", CODES, coupons.LIST_CODES, coupons.list_codes),
    retrieve("promotion_code", CODES + "/{id}"),
    on("promotion_code", "POST", CODES + "/{id}", coupons.UPDATE_CODE, coupons.update),
    on("customer", "DELETE", CUSTOMER, EXPAND, updates.delete_customer),
    plain("POST", SUBSCRIPTIONS, schemas.CREATE, subscriptions.create),
    plain("GET", SUBSCRIPTIONS, schemas.LIST, subscriptions.list_subscriptions),
    retrieve("subscription", SUBSCRIPTIONS + "/{id}"),
    on("subscription", "POST", SUBSCRIPTIONS + "/{id}", schemas.UPDATE, updates.update),
    on("subscription", "DELETE", SUBSCRIPTIONS + "/{id}", schemas.CANCEL, updates.cancel),
    on("subscription", "POST", SUBSCRIPTIONS + "/{id}/resume", schemas.RESUME, updates.resume),
    plain("POST", INVOICES + "/create_preview", schemas.PREVIEW, previews.preview),
    plain("GET", INVOICES, invoices.LIST, invoices.list_invoices),
    retrieve("invoice", INVOICES + "/{id}"),
    on("invoice", "POST", INVOICES + "/{id}", invoices.UPDATE, invoices.update),
    on("invoice", "GET", INVOICES + "/{id}/lines", PAGE, invoices.list_lines),
    on("invoice", "POST", INVOICES + "/{id}/pay", collection.PAY, collection.pay),
    on("invoice", "POST", INVOICES + "/{id}/void", EXPAND, outcomes.void),
    on(
        "invoice", "POST", INVOICES + "/{id}/finalize", collection.FINALIZE, collection.finalize_now
    ),
    on(
        "invoice",
        "POST",
        INVOICES + "/{id}/mark_uncollectible",
        EXPAND,
        outcomes.mark_uncollectible,
    ),
    plain("GET", "/v1/invoice_payments", invoices.LIST_PAYMENTS, invoices.list_payments),
    retrieve("invoice_payment", "/v1/invoice_payments/{id}"),
    plain(
        "POST",
        portal.CONFIGURATIONS,
        portal.CONFIGURATION,
        portal.create_configuration,
    ),
    plain("GET", portal.CONFIGURATIONS, portal.LIST_CONFIGURATIONS, portal.list_configurations),
    retrieve(portal.KIND, portal.CONFIGURATIONS + "/{id}"),
    on(
        portal.KIND,
        "POST",
        portal.CONFIGURATIONS + "/{id}",
        portal.UPDATE_CONFIGURATION,
        portal.update_configuration,
    ),
    plain("POST", "/v1/billing_portal/sessions", portal.SESSION, portal.create_session),
]
