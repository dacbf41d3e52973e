"""The Cloud Functions of receipts: `issuing`, `reading`, `statements`, and `files` for PDFs."""
