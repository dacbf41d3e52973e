"""How entries are chained, heads are stated, and both are checked. Pure."""
