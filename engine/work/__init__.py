"""Work that is done in child processes: what happens to a child happens to its work alone."""
