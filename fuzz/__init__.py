"""Fuzzing: broken files and settings by the thousand, each of which has to be answered and none to be a bug."""
