"""What entries look like in each format of an export; all are made from entries of pages."""
