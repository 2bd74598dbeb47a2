"""Facts: what passages say, read out of them with the words that say it, and brought together over time.

    Passage -> rules.py, modelled.py -> Claim -> guard.py -> reconcile.py -> Fact

Rules and models propose; the guard and the rules of reconciling decide. Nothing here deletes.
"""
