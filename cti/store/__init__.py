"""The store: engine, sessions and migrations. Knows no table of any room; rooms bring theirs to `Base`."""
