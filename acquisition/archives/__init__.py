"""One file for each format of archive that can be read."""
