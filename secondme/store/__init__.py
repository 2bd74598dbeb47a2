"""Two stores, one truth: the ledger (SQLite) holds text, spans and history; Chroma holds vectors and can be rebuilt."""
