"""From the user's folder to batches: scan, prepared store, order."""
