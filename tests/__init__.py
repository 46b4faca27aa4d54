"""The tests; a package, so that the folders below can share strategies and helpers."""
