"""The demonstration data: three series whose rows are invented, marked as synthetic, and add up to published figures.

It is loaded through the operations of the rooms, once: a series that is there already is left as it is.
"""
