"""Duplicates: pairs of projects that may be one, with the signs that say so, and what a person decided of them.

Signs only propose. A decision (same, phase, increase, different) has a name, a reason and a way back.
"""
