"""Measurements: each module is a documented command that prints a table and writes JSON. None of them is a test."""
