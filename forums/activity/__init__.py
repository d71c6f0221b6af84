"""Who did what, when, to which row: an append-only record.

Every operation that changes something leaves one line here, in the same commit.
"""
