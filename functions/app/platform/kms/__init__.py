"""Cloud KMS: wraps the data keys of people. Owns no collection."""
