"""Statements: a tally frozen as of a moment, numbered, approved by a second person, exported, and compared with others.

A statement keeps every row that it counts or leaves out, with its facts and the reason. It is never changed or deleted:
it is withdrawn, and another one drafted.
"""
