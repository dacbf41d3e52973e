"""The register of breaches with the clocks of the law. Owns `breaches`."""
