"""The folder of a run: its files, checkpoints, samples."""
