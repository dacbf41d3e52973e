"""The Cloud Functions of retention: legal holds, and the schedule that deletes."""
