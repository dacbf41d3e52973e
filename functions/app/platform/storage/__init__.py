"""Cloud Storage: objects in buckets. Owns no collection."""
