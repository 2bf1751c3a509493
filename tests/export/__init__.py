"""Networks that other programs play."""
