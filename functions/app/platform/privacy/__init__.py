"""Rights: people's own data, handed over, corrected and erased. Owns `exports`, `corrections`."""
