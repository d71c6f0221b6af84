"""What guests have in their own calendars: which facts of the edition they were told, and when those changed.

itip.py makes the bytes; here is kept what they say, so that every change has a higher SEQUENCE than the one before.
"""
