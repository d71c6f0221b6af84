"""What every import of a table has in common: its columns are matched and its rows shown before anything is written, it
is applied once, and it is undone as a whole. What a column means, and what becomes of a row, each import says itself.
"""
