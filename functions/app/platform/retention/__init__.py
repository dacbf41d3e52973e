"""Retention: what is past its time goes, unless a legal hold keeps it. Owns `holds`."""
