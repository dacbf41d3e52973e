"""The Cloud Functions of the ledger: into the queue, from the queue into the ledger, and out."""
