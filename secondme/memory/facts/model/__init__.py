"""Facts by a language model, which can only point at clauses and words that are there: `modelled.claims`."""
