"""Processors: who works on personal data for us, and under which agreement. Owns no collection."""
