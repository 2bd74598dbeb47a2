"""Facts: what passages say, read out of them with the words that say it, and brought together over time.

    prose/, structured/ -> rules.py --+
                                      +-> guard.py -> reconcile.py -> Fact
    model/                          --+

Rules and models propose; the guard and the rules of reconciling decide. Nothing here deletes. `reflect.py` runs it.
"""
