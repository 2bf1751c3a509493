"""Keeps what artgen live plays as a film."""
