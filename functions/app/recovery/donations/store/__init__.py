"""The only code that reads or writes the collections of donations."""
