"""Honest labels: everything artgen writes says that it is machine-made, in its metadata and in the work itself."""
