"""Cloud KMS: wraps the data keys of people, and signs. Owns no collection."""
