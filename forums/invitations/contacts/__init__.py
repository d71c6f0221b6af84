"""Lists of people to write to: pasted, uploaded, or found in what Billet knows of earlier editions.

Whatever cannot come in is kept and explained, so that nobody is lost on the way and nothing has to be typed again.
"""
