"""Coaching (Evergrow360): assessments and development plans."""
