"""Archives: what is in them is read as if the folder had been named."""
