"""Every deployed Cloud Function by its name, which is the name of its `def`, and where it lives."""

import importlib
import os

import firebase_admin
from firebase_functions import options

from app.kit import environment, process
from app.platform.records import register  # so that every read knows what is past its time

FUNCTIONS = {
    "accounts_accept_terms": "app.platform.accounts.functions.terms",
    "accounts_approve_role_change": "app.platform.accounts.functions.roles",
    "accounts_before_sign_in": "app.platform.accounts.functions.sign_in",
    "accounts_before_sign_up": "app.platform.accounts.functions.sign_in",
    "accounts_change_role": "app.platform.accounts.functions.roles",
    "accounts_list_role_changes": "app.platform.accounts.functions.roles",
    "accounts_list_sessions": "app.platform.accounts.functions.sessions",
    "accounts_sign_out_everywhere": "app.platform.accounts.functions.sessions",
    "accounts_sweep_unsettled": "app.platform.accounts.functions.settling",
    "assessments_get_questionnaire": "app.coaching.assessments.functions.questionnaire",
    "assessments_get_readiness": "app.coaching.assessments.functions.calls",
    "assessments_get_result": "app.coaching.assessments.functions.calls",
    "assessments_list": "app.coaching.assessments.functions.calls",
    "assessments_on_submitted": "app.coaching.assessments.functions.triggers",
    "assessments_submit": "app.coaching.assessments.functions.calls",
    "assessments_sweep_stuck": "app.coaching.assessments.functions.triggers",
    "audit_seal_every_minute": "app.platform.audit.functions",
    "audit_search": "app.platform.audit.functions",
    "breaches_list": "app.platform.breaches.functions",
    "breaches_record": "app.platform.breaches.functions",
    "breaches_update": "app.platform.breaches.functions",
    "catalog_list": "app.recovery.catalog.functions",
    "consents_give": "app.platform.consents.functions",
    "consents_list": "app.platform.consents.functions",
    "consents_list_history": "app.platform.consents.functions",
    "consents_withdraw": "app.platform.consents.functions",
    "credentials_change_password": "app.platform.credentials.functions.passwords",
    "credentials_confirm_email_change": "app.platform.credentials.functions.addresses",
    "credentials_confirm_verification": "app.platform.credentials.functions.addresses",
    "credentials_on_reset_requested": "app.platform.credentials.functions.passwords",
    "credentials_request_email_change": "app.platform.credentials.functions.addresses",
    "credentials_request_password_reset": "app.platform.credentials.functions.passwords",
    "credentials_request_verification": "app.platform.credentials.functions.addresses",
    "credentials_reset_password": "app.platform.credentials.functions.passwords",
    "credentials_sweep_reset_requests": "app.platform.credentials.functions.passwords",
    "customers_list_payment_methods": "app.platform.customers.functions",
    "disclosures_list": "app.platform.disclosures.functions",
    "disclosures_read": "app.platform.disclosures.functions",
    "donations_create_checkout": "app.recovery.donations.functions.giving",
    "donations_list": "app.recovery.donations.functions.giving",
    "donations_on_payment_written": "app.recovery.donations.functions.following",
    "emergencies_get": "app.platform.emergencies.functions",
    "emergencies_list": "app.platform.emergencies.functions",
    "emergencies_open": "app.platform.emergencies.functions",
    "emergencies_read": "app.platform.emergencies.functions",
    "emergencies_review": "app.platform.emergencies.functions",
    "keysResealTask": "app.platform.keys.functions",
    "keys_rewrap": "app.platform.keys.functions",
    "keys_rotate_person": "app.platform.keys.functions",
    "keys_sweep_rotations": "app.platform.keys.functions",
    "ledgerSequenceTask": "app.recovery.ledger.functions.sequencing",
    "ledger_on_movement_created": "app.recovery.ledger.functions.sequencing",
    "ledger_page": "app.recovery.ledger.functions.pages",
    "ledger_reconcile_daily": "app.recovery.ledger.functions.books",
    "ledger_sequence_every_minute": "app.recovery.ledger.functions.sequencing",
    "mailSendTask": "app.platform.mail.functions",
    "mail_on_queued": "app.platform.mail.functions",
    "mail_sweep_outbox": "app.platform.mail.functions",
    "onboarding_answer": "app.platform.onboarding.functions",
    "onboarding_get": "app.platform.onboarding.functions",
    "onboarding_mark_step": "app.platform.onboarding.functions",
    "paymentsProcessEventTask": "app.platform.payments.functions.worker",
    "payments_close_case": "app.platform.payments.functions.staff",
    "payments_connect_webhook": "app.platform.payments.functions.webhooks",
    "payments_dismiss_event": "app.platform.payments.functions.staff",
    "payments_list_cases": "app.platform.payments.functions.staff",
    "payments_list_events": "app.platform.payments.functions.staff",
    "payments_park_event": "app.platform.payments.functions.staff",
    "payments_reconcile_balance": "app.platform.payments.functions.reconciling",
    "payments_reconcile_events": "app.platform.payments.functions.reconciling",
    "payments_replay_event": "app.platform.payments.functions.staff",
    "payments_stripe_webhook": "app.platform.payments.functions.webhooks",
    "payments_sweep_events": "app.platform.payments.functions.worker",
    "plans_generate": "app.coaching.plans.functions.calls",
    "plans_get": "app.coaching.plans.functions.calls",
    "plans_list": "app.coaching.plans.functions.calls",
    "plans_on_requested": "app.coaching.plans.functions.triggers",
    "plans_sweep_stuck": "app.coaching.plans.functions.triggers",
    "privacyEraseTask": "app.platform.privacy.functions.erasing",
    "privacyExportTask": "app.platform.privacy.functions.exports",
    "privacy_cancel_erasure": "app.platform.privacy.functions.erasure",
    "privacy_correct": "app.platform.privacy.functions.corrections",
    "privacy_decide_correction": "app.platform.privacy.functions.corrections",
    "privacy_erase": "app.platform.privacy.functions.erasure",
    "privacy_export": "app.platform.privacy.functions.exports",
    "privacy_get_erasure": "app.platform.privacy.functions.erasure",
    "privacy_get_erasure_report": "app.platform.privacy.functions.erasure",
    "privacy_get_export": "app.platform.privacy.functions.exports",
    "privacy_list_corrections": "app.platform.privacy.functions.corrections",
    "privacy_list_open_corrections": "app.platform.privacy.functions.corrections",
    "privacy_read_correction": "app.platform.privacy.functions.corrections",
    "privacy_sweep_erasures": "app.platform.privacy.functions.erasing",
    "privacy_sweep_exports": "app.platform.privacy.functions.exports",
    "profiles_get": "app.platform.profiles.functions",
    "profiles_update": "app.platform.profiles.functions",
    "receiptsIssueStatementTask": "app.recovery.receipts.functions.statements",
    "receiptsNumberTask": "app.recovery.receipts.functions.issuing",
    "receiptsSendTask": "app.recovery.receipts.functions.files",
    "receipts_get": "app.recovery.receipts.functions.reading",
    "receipts_get_pdf": "app.recovery.receipts.functions.files",
    "receipts_get_statement": "app.recovery.receipts.functions.files",
    "receipts_issue_statements": "app.recovery.receipts.functions.statements",
    "receipts_list": "app.recovery.receipts.functions.reading",
    "receipts_on_movement_created": "app.recovery.receipts.functions.issuing",
    "receipts_sweep_movements": "app.recovery.receipts.functions.issuing",
    "retention_enforce_daily": "app.platform.retention.functions.sweep",
    "retention_lift_hold": "app.platform.retention.functions.holds",
    "retention_list_holds": "app.platform.retention.functions.holds",
    "retention_place_hold": "app.platform.retention.functions.holds",
}

environment.refuse_stand_ins()
process.end_with_parent()
firebase_admin.initialize_app(options={"httpTimeout": 5})
options.set_global_options(
    region=environment.REGION, memory=512, cpu=1, concurrency=80, timeout_sec=60
)

# A process serves one function, its target, and loads what that one needs: a cold start is import
# time. Without a target everything is loaded, which is how deployment discovers the functions.
_target = os.environ.get("FUNCTION_TARGET", "")
for _name, _module in FUNCTIONS.items():
    if _target in {"", _name}:
        globals()[_name] = getattr(importlib.import_module(_module), _name)
