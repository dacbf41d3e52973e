"""Disclosures to medical personnel in an emergency (42 CFR 2.51). Owns `emergencies`."""
