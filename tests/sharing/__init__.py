"""Runs that travel."""
