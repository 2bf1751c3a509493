"""The vases plugin of artgen."""
