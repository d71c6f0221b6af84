"""What is in a file that somebody hands in, found out by a process of its own: small in memory, short of time, and
with nothing to write, so that a file made to do harm harms that process only."""
