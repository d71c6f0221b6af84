"""Home: what spans the rooms.

The public front, a series' and an edition's public page, and the page where each role finds its next step.
"""
