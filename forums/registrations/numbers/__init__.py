"""Who registered and who came, in numbers: persons and person-times, and what kinds of people they are.

A person is counted once, whatever they did (counting.py), so that the parts of each table add up to its whole; every
number leads to the list of the people it counts.
"""
