"""secondme: a memory that is yours, in your terminal.

The flow, which is also the layout:

    path, stdin     -> sources  -> Item | Skipped    read, never guess; one bad record never stops the rest
    Item            -> memory   -> Passage           the words themselves, with exact spans (L0)
    Passage         -> memory   -> Fact, Episode     what is known, with its quotes and its history (L1)
    Passage         -> store                         text and history in the ledger, vectors in Chroma
    question        -> recall   -> Hit*              hybrid search
    Hit*            -> recall   -> Answer            grounded text with checked citations, or "I don't know"

Imports point down only: surfaces -> trials -> me -> learning -> upkeep -> parts -> engines | piped -> health | memory |
recall -> sources | store | engine -> config | sentences | measures | timewords -> knowledge -> records, errors. `parts`
and `engines` alone turn settings into objects.
This module imports nothing, so that every command starts light.
"""

__version__ = "0.1.0"
