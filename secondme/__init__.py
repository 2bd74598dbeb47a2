"""secondme: a memory that is yours, in your terminal.

The flow, which is also the layout:

    path, stdin     -> sources  -> Item | Skipped    read, never guess; one bad record never stops the rest
    Item            -> memory   -> Passage           the words themselves, with exact spans
    Passage         -> store                         text and history in the ledger, vectors in Chroma
    question        -> recall   -> Hit*              hybrid search
    Hit*            -> recall   -> Answer            grounded text with checked citations, or "I don't know"

Imports point down only: surfaces -> trials -> me -> parts -> engines | piped -> health | memory | recall -> sources
| store | engine -> config | sentences | measures | timewords -> records, errors. `parts` and `engines` alone turn
settings into objects.
This module imports nothing, so that every command starts light.
"""

__version__ = "0.1.0"
