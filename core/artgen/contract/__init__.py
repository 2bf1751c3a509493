"""What artgen and its plugins agree on: frozen values and protocols. Imports no torch."""
