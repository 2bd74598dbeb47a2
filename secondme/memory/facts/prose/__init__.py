"""Facts out of sentences: what a speaker who is known says of himself and others, by grammar.

    text -> parsing.py -> clauses.py -> moods.py (plan, guess, hearsay) -> slots.py and its likes, changing.py -> Claim

`sentences.claims` is the way in.
"""
