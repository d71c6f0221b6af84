"""Addresses that campaigns write to no more: who asked for that, or what came back, and the way to take it back.

Letters that answer somebody's own act (a confirmation, a ticket, a private link, a password) go out all the same.
"""
