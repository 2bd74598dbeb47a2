"""Screenshots and photos: their text, their look, the order in which they are read."""
