"""The decisions of donations. Pure."""
