"""What changes on disk, as batches of paths at rest. Knows nothing of memory."""
