"""What can be done with artgen: one file for each command."""
