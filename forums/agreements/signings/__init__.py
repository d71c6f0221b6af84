"""An agreement at its ceremonies: who signed, who witnessed, the photo, and further ceremonies of the same document.

A further ceremony comes after the first and is shown at 0, so that it changes no tally.
"""
