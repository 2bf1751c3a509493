"""The machine: devices, processes, seeds, the disk, progress, budgets."""
