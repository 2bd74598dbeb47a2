"""Web pages, bookmarks and what was visited."""
