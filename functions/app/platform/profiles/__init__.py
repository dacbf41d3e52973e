"""Profiles: what people say of themselves, sealed. Owns `profiles`."""
