"""Who comes: categories and their places, registrations, the waiting list, tickets and check-in.

A place is claimed by one conditional UPDATE (places.py), never by counting first. A registration is confirmed or
waits its turn; whoever gives a place back confirms the first in line in the same transaction.
"""
