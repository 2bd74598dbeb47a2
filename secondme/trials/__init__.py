"""Trials: how well does recall find what it should, and does it know when there is nothing to find?

On published sets of questions, each in a home of its own (`locomo.py`, `longmemeval.py`, `published.py`), and on one's
own memory with a sealed set of questions (`own.py`, `runs.py`, `sample.py`). All of it asks the product as a person
does; none of it calls a language model.
"""
