"""The performance goals, measured as ratios inside one run: `make bench`."""
