"""Notes as note apps write and export them."""
