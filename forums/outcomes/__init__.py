"""Outcomes: what came of an edition, in figures that say what they count.

A figure is defined once and read by the command, the pages and the report. A report is compiled from a snapshot that
never changes, so it prints the same bytes as long as it is kept.
"""
