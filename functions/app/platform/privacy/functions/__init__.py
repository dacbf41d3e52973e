"""The Cloud Functions of rights, apart by what they do."""
