"""Mail that comes back: bounces, delays, out-of-office notes, and what rooms above understand (calendar replies).

It comes by a pipe or from a mailbox, from anybody, and is read within limits. It says what became of our letters;
nobody can make it say that of another's.
"""
