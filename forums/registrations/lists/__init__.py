"""The registrations list: what it shows, in which order and columns; saved views, chosen rows, exports.

A list is an address: filters, order and columns stand in it, so that a view, an export and a bulk action are that same
address kept, written to a file, or acted upon (asked.py, selection.py).
"""
