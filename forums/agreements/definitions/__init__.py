"""Named ways to count: which rules a tally applies, in versions that are never changed.

Presets belong to the product; a series can make its own and choose which one its tallies use from then on.
"""
