"""The Cloud Functions of subscriptions, apart by what they load.

`plans` needs no database, `calls` begins and shows memberships, `changing` changes them at Stripe,
`following` keeps what they entitle to, and `catalogue` keeps the prices at Stripe.
"""
